import AsyncHTTPClient
import Bookings
import BookingsRuntime
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The real service on a virtual clock, with clients on real loopback connections, in lock-step.
actor World {
    struct Answer: Sendable {
        let status: Int
        let text: String
        let json: JSONValue
    }

    /// The service did not come to rest within five seconds of real time.
    struct NoConvergence: Error, CustomStringConvertible {
        let description: String
    }

    nonisolated let seed: UInt64
    nonisolated let clock: VirtualClock
    nonisolated let issuer: TokenIssuer
    private let application: BookingsApplication
    private let ports: ApplicationPorts
    private let port: Int
    private let serving: Task<Void, any Error>
    private let stop: @Sendable () async -> Void
    private var sockets: [(name: String, client: SocketClient)] = []
    private let frames = Mutex<[History.Frame]>([])
    var history = History()
    var trace: Trace
    private(set) var requests = 0
    private var requestNumber = 0

    static let begin = RFC3339.parse("2030-03-30T06:00:00Z") ?? .earliest
    static let secret = Array("the simulator's secret, known to all of it".utf8)

    /// Starts the service. `mutant`: a planted bug, by a decorated port.
    static func start(seed: UInt64, scenario: String, mutant: Mutant?) async throws -> World {
        let clock = VirtualClock(at: begin)
        var configuration = ServiceConfiguration()
        configuration.environment = .test
        configuration.port = 0
        configuration.database = .sqliteMemory
        configuration.jwtSecret = secret
        configuration.customerAccess = .own
        let composition = Composition(
            configuration: configuration, clock: clock, identifiers: SeededIdentifiers(seed: seed),
            logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() })
        var adapters = try await composition.openAdapters()
        try await composition.prepareSchema(adapters)
        mutant?.plant(in: &adapters.ports)
        let years = Duration.seconds(10 * 365 * 86_400)
        let application = composition.application(
            adapters,
            timing: ApplicationTiming(
                reminderPoll: years, relayPoll: years, relayPollWithoutBus: years, pingInterval: years,
                pingTimeout: years))
        let group = ServiceGroup(
            configuration: .init(
                services: [application], logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }))
        let serving = Task { try await group.run() }
        let port = await application.boundPort()
        return World(
            seed: seed, scenario: scenario, mutant: mutant, clock: clock, application: application,
            ports: adapters.ports,
            port: port, serving: serving, stop: { await group.triggerGracefulShutdown() })
    }

    private init(
        seed: UInt64, scenario: String, mutant: Mutant?, clock: VirtualClock, application: BookingsApplication,
        ports: ApplicationPorts, port: Int, serving: Task<Void, any Error>, stop: @escaping @Sendable () async -> Void
    ) {
        self.seed = seed
        self.clock = clock
        self.application = application
        self.ports = ports
        self.port = port
        self.serving = serving
        self.stop = stop
        issuer = TokenIssuer(secret: Self.secret, issuer: nil, audience: nil, clock: clock)
        trace = Trace(
            header: Trace.line([
                "mutant": mutant?.rawValue ?? "", "scenario": scenario, "seed": "\(seed)", "world": "real",
            ]))
    }

    func shutdown() async throws {
        for socket in sockets { await socket.client.close() }
        await stop()
        try await serving.value
    }

    // MARK: - Clients

    nonisolated func token(_ subject: String, _ role: Role) -> String {
        guard let subject = Subject(subject) else { preconditionFailure("The simulator's subjects are good.") }
        return issuer.token(subject: subject, roles: [role.rawValue], lifetime: .seconds(300 * 86_400))
    }

    /// Opens a socket whose events go into the history under its name.
    func openSocket(_ name: String, token: String) async throws {
        let auth = JSONValue.object([JSONMember(name: "token", value: .string(token))])
        let client = try await SocketClient.connect(port: port, auth: auth) { [self] event, data in
            let frame = History.Frame(
                socket: name, name: event, event: data["event"]?["id"]?.string ?? "",
                booking: (data["booking_id"] ?? data["id"])?.string ?? "",
                start: data["start_time"]?.string.flatMap { RFC3339.parse($0) } ?? .earliest, receivedAt: clock.now())
            frames.withLock { $0.append(frame) }
        }
        sockets.append((name, client))
        history.listeners[name] = clock.now()
    }

    nonisolated static func nextRequestID(_ number: Int) -> String { "r\(number)" }

    /// One request, with an id that the plan determines; the same id for a burst whose members are alike.
    func send(
        _ method: String, _ path: String, token: String, body: String? = nil, key: String? = nil,
        requestID: String? = nil
    ) async throws -> Answer {
        requests += 1
        if requestID == nil { requestNumber += 1 }
        let id = requestID ?? Self.nextRequestID(requestNumber)
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .init(rawValue: method)
        request.headers = ["Authorization": "Bearer \(token)", "X-Request-ID": id]
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 24))
        return Answer(
            status: Int(response.status.code), text: text, json: (try? JSONValue.parse(Array(text.utf8))) ?? .null)
    }

    func note(_ members: KeyValuePairs<String, String>) {
        trace.note(Trace.line(members))
    }

    // MARK: - Lock-step

    /// Waits until nothing is under way any more, exactly and without sleeping.
    func barrier() async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        var calm = 0
        while calm < 2 {
            guard ContinuousClock.now < deadline else {
                throw NoConvergence(description: "The service does not come to rest: \(application.ledger.summary)")
            }
            let head = try await ports.log.head()
            guard application.ledger.isIdle, application.relayPosition == head else {
                calm = 0
                await Task.yield()
                continue
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for socket in sockets { group.addTask { try await socket.client.pingPong() } }
                try await group.waitForAll()
            }
            calm += 1
        }
        collectFrames()
        trace.barrier()
    }

    private func collectFrames() {
        let new = frames.withLock { frames in
            defer { frames = [] }
            return frames
        }
        // The order on one socket is the log's; between sockets there is none.
        history.frames += new
        for frame in new {
            note([
                "at": RFC3339.string(frame.receivedAt), "booking": frame.booking, "event": frame.event,
                "name": frame.name, "socket": frame.socket,
            ])
        }
    }

    /// Turns the clock to the instant, stopping at every timer on the way.
    func advance(to instant: Timestamp) async throws {
        try await barrier()
        while clock.turn(upTo: instant) { try await barrier() }
        try await barrier()
    }

    // MARK: - Bookings

    struct Wish: Sendable {
        let provider: ProviderID
        let start: Timestamp
        let minutes: Int

        var end: Timestamp { start + .seconds(60 * minutes) }

        var body: String {
            """
            {"provider_id":"\(provider)","service_id":"22222222-2222-4222-8222-222222222222",\
            "start_time":"\(RFC3339.string(start))","end_time":"\(RFC3339.string(end))"}
            """
        }
    }

    /// Books, and puts an accepted booking into the history.
    func book(_ wish: Wish, token: String, key: String? = nil) async throws -> (BookingID?, Answer) {
        let answer = try await send("POST", "/bookings", token: token, body: wish.body, key: key)
        note([
            "at": RFC3339.string(clock.now()), "op": "create", "status": "\(answer.status)",
            "text": answer.status == 201 ? answer.text : "",
        ])
        let id = record(answer, .create)
        return (id, answer)
    }

    func cancel(_ id: BookingID, token: String) async throws -> Answer {
        let answer = try await send("POST", "/bookings/\(id)/cancel", token: token)
        note(["at": RFC3339.string(clock.now()), "op": "cancel", "status": "\(answer.status)"])
        _ = record(answer, .cancel)
        return answer
    }

    func move(_ id: BookingID, to wish: Wish, token: String) async throws -> Answer {
        let body = #"{"start_time":"\#(RFC3339.string(wish.start))","end_time":"\#(RFC3339.string(wish.end))"}"#
        let answer = try await send("POST", "/bookings/\(id)/reschedule", token: token, body: body)
        note(["at": RFC3339.string(clock.now()), "op": "move", "status": "\(answer.status)"])
        _ = record(answer, .move)
        return answer
    }

    @discardableResult
    func record(_ answer: Answer, _ kind: History.Write.Kind) -> BookingID? {
        guard (200..<300).contains(answer.status), let id = answer.json["id"]?.string.flatMap({ BookingID($0) }),
            let provider = answer.json["provider_id"]?.string.flatMap({ ProviderID($0) }),
            let start = answer.json["start_time"]?.string.flatMap({ RFC3339.parse($0) }),
            let end = answer.json["end_time"]?.string.flatMap({ RFC3339.parse($0) }),
            let version = answer.json["version"]?.double
        else { return nil }
        history.writes.append(
            History.Write(
                kind: kind, booking: id, provider: provider, start: start, end: end, version: Int(version),
                acknowledgedAt: clock.now()))
        return id
    }

    func keep(_ walk: History.Walk) { history.walks.append(walk) }
    func keep(_ partition: History.Partition) { history.partitions.append(partition) }
    func keep(_ repeats: History.Repeats) { history.repeats.append(repeats) }
    func end() { history.endedAt = clock.now() }
}
