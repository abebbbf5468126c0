import Bookings
import BookingsRuntime

/// A run: the plan's clients on real connections to real replicas, everything taken down.
actor SimulationRun {
    let plan: Plan
    let cast: Participants
    let web = WebClient()
    let recorder: Recorder
    let cluster: Cluster
    /// What the service takes tokens by; nil: the simulator's own.
    let target: RemoteTarget?
    private let showsProgress: Bool
    var history = History()
    var trace: Trace
    /// What is known of each booking by its label, as the newest answer showed it.
    var known: [String: History.Row] = [:]
    private var sockets: [String: Socket] = [:]
    /// Requests to a replica that was being ended in order, and that got no answer.
    var unanswered: [(request: String, replica: Int, life: Int)] = []

    private struct Socket {
        let caller: Caller
        var client: SocketClient?
        var replica: Int
        var connections = 0
        /// Where the plan cuts connections.
        var proxy: (TCPProxy, port: Int)?
        /// The connection of which it reads nothing.
        var stalled: Int?

        var isStalled: Bool { stalled == connections }
    }

    /// `target`: for the remote world, in which a clock tells the time and not the run.
    init(
        plan: Plan, deployment: any Deployment, target: RemoteTarget? = nil, patience: Duration = .seconds(5),
        showsProgress: Bool = false
    ) {
        self.plan = plan
        self.target = target
        self.showsProgress = showsProgress
        cast = Participants(plan: plan, signer: target?.signer)
        let time = TrueTime(Timestamp(milliseconds: plan.settings.begin), clock: target.map { _ in SystemClock() })
        recorder = Recorder(time: time)
        cluster = Cluster(plan: plan, deployment: deployment, time: time, patience: patience)
        trace = Trace(header: Trace.header(of: plan))
        history.leads = plan.settings.leads.map { .milliseconds($0) }
        history.providers = cast.providers
    }

    // MARK: - The run

    /// Runs the whole plan. Whatever it saw is in `history`, also when it throws.
    func run() async throws {
        try await cluster.start()
        history.begunAt = await cluster.now
        do {
            try await perform()
        } catch let error as Cluster.NoConvergence {
            history.convergenceFailures.append(error.description)
            history.wasAborted = true
            history.endedAt = await cluster.now
        }
        let counts = await cluster.counts()
        history.marks.merge(counts.marks, uniquingKeysWith: +)
        history.faultPeriods = await cluster.troubles.past
        trace.barrier()
    }

    /// Lets go of everything. A run that went wrong may have left replicas that do not end in order.
    func close() async {
        for socket in sockets.values {
            await socket.client?.close()
            await socket.proxy?.0.stop()
        }
        try? await cluster.stop()
        await web.shutdown()
    }

    /// How often each crash point was passed.
    func passed() async -> [String: Int] { await cluster.counts().passed }

    private func perform() async throws {
        for (index, caller) in cast.listeners.enumerated() {
            try await listen(caller.description, caller, replica: index % plan.settings.replicas)
        }
        let begin = Timestamp(milliseconds: plan.settings.begin)
        for (index, step) in plan.steps.enumerated() {
            try await advance(to: begin + .milliseconds(step.at))
            try await perform(step, number: index)
            if showsProgress, index % 500 == 499 { Progress.show("step \(index + 1) of \(plan.steps.count)") }
        }
        try await advance(to: begin + .milliseconds(plan.settings.until))
        try await cluster.healAll()
        try await healSockets()
        try await advance(to: await cluster.now + .seconds(30))
        // Where time passes by itself, something has come meanwhile.
        try await barrier()
        history.endedAt = await cluster.now
        try await takeStock()
    }

    private func perform(_ step: Step, number: Int) async throws {
        if step.operations.count == 1 {
            try await perform(step.operations[0], race: step.race)
        } else {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for operation in step.operations {
                    group.addTask { try await self.perform(operation, race: step.race) }
                }
                try await group.waitForAll()
            }
        }
        try await barrier()
    }

    private func perform(_ operation: Operation, race: Step.Race) async throws {
        switch operation.verb {
        case .fault(let fault): try await apply(fault, operation)
        case .listen(let socket): try await listen(socket, operation.caller, replica: operation.replica)
        case .walk(let list, let limit, let between):
            try await walk(list, limit: limit, between: between, by: operation)
        case .partition: try await partition(by: operation)
        case .flawedToken(let flaw): await tryToken(flaw, operation)
        default: await ask(operation, race: race)
        }
    }

    // MARK: - Lock-step

    /// How often it is looked whether all has arrived, before the sockets are pinged.
    private static let looksForArrivals = 2000

    /// What the replicas had told when all of it was heard; nil: that is to be seen.
    private var heard: [DeliveryProgress]?
    private var arrivals = DeliveryBarrier()

    /// Waits until nothing is under way any more: on the replicas, and behind it on every socket.
    func barrier() async throws {
        var isBack = false
        // One try at an instant: a replica without its store turns clients away as often as they come.
        var tried: Set<String> = []
        repeat {
            let told = try await cluster.rest()
            let dead = try await cluster.bury()
            for replica in dead { await lose(socketsOf: replica) }
            if isBack || !dead.isEmpty { heard = nil }
            // The others look at the log when one of them is gone.
            try await hear(dead.isEmpty ? told : try await cluster.rest())
            isBack = try await reconnect(&tried)
        } while isBack
        collectFrames()
        trace.barrier()
    }

    /// Turns the clock to the instant, stopping at every timer on the way.
    private func advance(to instant: Timestamp) async throws {
        while try await cluster.turn(upTo: instant) { try await barrier() }
    }

    /// Returns when everything was heard that the replicas told. Nothing comes to a socket unless there was something to
    /// tell, or it has just been opened.
    private func hear(_ told: [DeliveryProgress]) async throws {
        guard told != heard else { return }
        var told = told
        if await !haveArrived(told) {
            var before: [DeliveryProgress] = []
            while told != before {
                before = told
                await pingSockets()
                told = try await cluster.rest()
            }
        }
        heard = told
        arrivals.settle(told, heard: recorder.heard)
    }

    /// Whether all is here, or comes in the next moment. False when nobody can tell by counting.
    private func haveArrived(_ told: [DeliveryProgress]) async -> Bool {
        guard heard != nil, !plan.settings.isProxied, await !cluster.isTroubled else { return false }
        for _ in 0..<Self.looksForArrivals {
            if arrivals.areComplete(told, heard: recorder.heard) { return true }
            await Task.yield()
        }
        return false
    }

    private func pingSockets() async {
        var clients: [SocketClient] = []
        for socket in sockets.values {
            if let client = socket.client, !socket.isStalled, await cluster.answers(socket.replica) {
                clients.append(client)
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { try? await client.pingPong() } }
        }
    }

    private func collectFrames() {
        for (frame, provider) in recorder.takeFrames() {
            history.frames.append(frame)
            if cast.isRacy(provider) { continue }
            note([
                "at": RFC3339.string(frame.receivedAt), "booking": frame.booking?.description ?? "",
                "event": frame.event, "late": frame.isLate ? "late" : "", "name": frame.name,
                "socket": frame.socket, "start": RFC3339.string(frame.start),
            ])
        }
    }

    func note(_ members: KeyValuePairs<String, String>) { trace.note(Trace.line(members)) }

    // MARK: - Sockets

    /// Opens the socket, or opens it again after the last cursor that it has.
    private func listen(_ name: String, _ caller: Caller, replica: Int) async throws {
        guard let door = await cluster.door(replica) else { return }
        if sockets[name] == nil {
            guard let (cursor, count) = try await edge(of: caller, door.address) else { return }
            recorder.setCursor(cursor, of: name)
            history.listeners[name] = History.Listener(
                caller: caller, startPosition: count, startedAt: await cluster.now)
            sockets[name] = Socket(caller: caller, client: nil, replica: door.replica)
        } else {
            await sockets[name]?.client?.close()
            _ = recorder.takeLost()
        }
        try await connect(name, door)
        heard = nil
    }

    private func connect(_ name: String, _ door: (replica: Int, address: Address)) async throws {
        guard var socket = sockets[name] else { return }
        socket.connections += 1
        socket.replica = door.replica
        let connection = socket.connections
        let address = try await way(to: door.address, for: &socket)
        socket.client = try? await SocketClient.connect(
            to: address, token: cast.token(of: socket.caller), after: recorder.cursor(of: name),
            ears: SocketClient.Ears(
                event: { [recorder] in
                    recorder.hear($0, socket: name, connection: connection, from: door.replica)
                },
                lost: { [recorder] in recorder.lose("\(name)#\(connection)") }))
        sockets[name] = socket
    }

    /// The way to the replica, through the socket's own proxy where there are any.
    private func way(to address: Address, for socket: inout Socket) async throws -> Address {
        guard plan.settings.isProxied else { return address }
        if let (proxy, port) = socket.proxy {
            proxy.aim(at: address.port)
            return Address(port: port)
        }
        let proxy = TCPProxy(
            host: address.host, target: address.port, receiveBuffer: plan.hasStalledSockets ? Self.narrow : nil,
            tap: Mutant(named: plan.mutant)?.frameFilter)
        let port = try await proxy.start()
        socket.proxy = (proxy, port)
        return Address(port: port)
    }

    /// Cuts the socket's connection after so many more bytes from the server, in the middle of a frame if need be.
    func cut(_ name: String, afterBytes count: Int) { sockets[name]?.proxy?.0.cut(afterBytes: count) }

    /// What a client that reads nothing leaves to the system of its machine, in bytes.
    private static let narrow = 4096

    /// The socket's client reads nothing more on the connection that it has.
    func stall(_ name: String) async {
        guard let socket = sockets[name], socket.client != nil, let proxy = socket.proxy?.0 else { return }
        await proxy.stall()
        sockets[name]?.stalled = socket.connections
    }

    func unstall(_ name: String) async {
        guard let socket = sockets[name], socket.stalled != nil else { return }
        sockets[name]?.stalled = nil
        await socket.proxy?.0.unstall()
        // What waited for it comes now.
        heard = nil
    }

    /// Clients whose connection was lost come back, at the next live replica. True: some did.
    private func reconnect(_ tried: inout Set<String>) async throws -> Bool {
        for gone in recorder.takeLost() {
            guard let name = gone.split(separator: "#").first.map(String.init),
                let socket = sockets[name], gone == "\(name)#\(socket.connections)"
            else { continue }
            sockets[name]?.client = nil
        }
        var hasReconnected = false
        for name in sockets.keys.sorted() {
            guard let socket = sockets[name], socket.client == nil, !tried.contains(name),
                let door = await cluster.door(socket.replica)
            else { continue }
            tried.insert(name)
            try await connect(name, door)
            guard sockets[name]?.client != nil else { continue }
            hasReconnected = true
        }
        return hasReconnected
    }

    func lose(socketsOf replica: Int) async {
        for (name, socket) in sockets where socket.replica == replica {
            await socket.client?.close()
            sockets[name]?.client = nil
        }
    }

    /// The cursor at the end of what the caller may see now, and how many events the whole log holds.
    private func edge(of caller: Caller, _ address: Address) async throws -> (cursor: String, count: Int)? {
        let token = cast.token(of: caller)
        var path = "/events?limit=100"
        var seen = 0
        while true {
            let answer = await web.send("GET", address.url + path, token: token)
            guard let json = try? JSONValue.parse(Array(answer.text.utf8)), let next = json["meta"]?["next"]?.string
            else { return nil }
            guard case .array(let events)? = json["data"], !events.isEmpty, !path.hasSuffix("=\(next)") else {
                let countsPlaces = plan.settings.world != .remote && plan.settings.stores == .embedded
                if countsPlaces { return (next, try await cluster.logLength()) }
                // The admin sees all of the log; nobody else knows how long it is.
                return (next, caller == .admin ? seen : try await edge(of: .admin, address)?.count ?? 0)
            }
            seen += events.count
            path = "/events?limit=100&after=\(next)"
        }
    }
}
