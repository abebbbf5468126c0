import Bookings
import BookingsAuth

/// The service's application on a clock that moves only when it is told to, for the tests of its clients.
///
/// Moves, resets and looks follow each other. Requests of clients go to the replicas directly, at any time.
package actor ServedCluster {
    package struct Options: Sendable {
        /// The port of each replica; 0 for any.
        package fileprivate(set) var ports: [Int]
        /// The instant at which the clock begins.
        package let begin: Timestamp
        /// The seed of all ids.
        package let seed: UInt64
        /// The bug to plant; `nil` for the service as it is.
        package let mutant: Mutant?
        /// PostgreSQL and Redis; `nil` for the embedded stores.
        package let services: EphemeralStores?

        package init(
            ports: [Int], begin: Timestamp, seed: UInt64, mutant: Mutant? = nil, services: EphemeralStores? = nil
        ) {
            self.ports = ports
            self.begin = begin
            self.seed = seed
            self.mutant = mutant
            self.services = services
        }
    }

    /// What a move of the clock set off.
    package struct Advance: Sendable {
        /// Where the clock stands now.
        package let now: Timestamp
        /// The events that were recorded, in their order, as the event stream has them: `{"name","data"}`.
        package let events: [JSONValue]
    }

    /// How long a move waits for work that does not come to its end, in real time.
    private static let patience = Duration.seconds(10)

    /// With the ports that the replicas got at their first start.
    private var options: Options
    private let web = WebClient()
    private var cluster: Cluster
    /// The faults that last, in the order in which they began.
    private var faults: [ActiveFault] = []
    /// The end of the last move, reset or look that was begun.
    private var last: Task<Void, Never>?
    /// The events that were read and that no move has reported.
    private var unreported: [JSONValue] = []
    /// Whether what the last move set off could not be read; the next one reports it.
    private var owesEvents = false
    /// The cursor behind the events that were read; `nil` at the beginning of the log.
    private var cursor: String?

    /// Starts the replicas.
    package static func start(_ options: Options) async throws -> ServedCluster {
        let cluster = try await open(options)
        var options = options
        for number in options.ports.indices {
            if let endpoint = await cluster.endpoint(number) { options.ports[number] = endpoint.address.port }
        }
        return ServedCluster(options, cluster: cluster)
    }

    /// Where the replicas listen, on the loopback address.
    package var ports: [Int] { options.ports }

    private init(_ options: Options, cluster: Cluster) {
        self.options = options
        self.cluster = cluster
    }

    private static func open(_ options: Options) async throws -> Cluster {
        var settings = Settings(begin: options.begin.milliseconds, until: 0)
        settings.replicas = options.ports.count
        settings.stores = options.services == nil ? .embedded : .services
        let plan = Plan(
            scenario: .everything, seed: options.seed, settings: settings, steps: [], mutant: options.mutant?.name)
        let deployment: any Deployment =
            if let services = options.services {
                try await ServiceDeployment.open(plan, services)
            } else {
                try await SharedDeployment.open(plan)
            }
        let cluster = Cluster(
            plan: plan, deployment: deployment, time: TrueTime(options.begin), patience: patience,
            ports: options.ports)
        try await cluster.start()
        return cluster
    }

    package var now: Timestamp { get async { await cluster.now } }

    // MARK: - Moves

    /// Moves the clock, and returns when everything that this set off has been delivered.
    ///
    /// - Throws: `ServeError` when the instant has passed or is too far away.
    package func advance(to instant: Timestamp) async throws -> Advance {
        try await exclusively { try await self.move(to: instant) }
    }

    package func advance(by span: Duration) async throws -> Advance {
        try await exclusively { try await self.move(to: await self.now + span) }
    }

    /// Moves the clock to the next reminder that waits.
    package func advanceToNextReminder() async throws -> Advance {
        try await exclusively {
            guard let due = try await self.nextReminder() else { throw ServeError.noReminderWaits }
            return try await self.move(to: max(due, await self.now))
        }
    }

    /// Begins anew with empty stores, at the first instant.
    package func reset() async throws {
        try await exclusively {
            await self.cluster.stop()
            try await self.reopen()
        }
    }

    /// Ends the replicas.
    package func stop() async {
        await cluster.stop()
        await web.shutdown()
    }

    private func reopen() async throws {
        cursor = nil
        unreported = []
        owesEvents = false
        faults = []
        cluster = try await Self.open(options)
    }

    /// How far the clock can be moved at once: the hours in which nothing happens cost time as well.
    package static let longestMove = Duration.seconds(366 * 86_400)

    private func move(to instant: Timestamp) async throws -> Advance {
        let now = await cluster.now
        guard instant >= now else { throw ServeError.instantHasPassed(now) }
        guard now.duration(to: instant) <= Self.longestMove else { throw ServeError.instantIsTooFar }
        try await cluster.rest()
        if try await readEvents(), !owesEvents { unreported = [] }
        while let end = faults.compactMap(\.end).min(), end <= instant {
            try await turn(upTo: end)
            for fault in faults where fault.end == end { try await repair(fault) }
        }
        try await turn(upTo: instant)
        owesEvents = try await !readEvents()
        defer { unreported = [] }
        return Advance(now: await cluster.now, events: unreported)
    }

    private func turn(upTo instant: Timestamp) async throws {
        while try await cluster.turn(upTo: instant) {
            try await cluster.rest()
            _ = try await cluster.reap()
        }
        try await cluster.rest()
    }

    /// Does one thing after the other.
    private func exclusively<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { [last] in
            await last?.value
            return try await work()
        }
        last = Task { _ = try? await task.value }
        return try await task.value
    }

    // MARK: - Faults

    /// A fault that lasts.
    private struct ActiveFault {
        let event: FaultEvent
        /// When it is repaired by itself; `nil` for not.
        let end: Timestamp?
    }

    /// The names of the faults that last.
    package var activeFaults: [String] { faults.map(\.event.fault) }

    /// Injects a fault.
    ///
    /// - Parameters:
    ///   - amount: The fault's number, if it has one: milliseconds of a clock's jump, the hit of a crash point.
    ///   - span: How long it lasts on the clock; `nil` until it is repaired.
    /// - Throws: `ServeError` when the fault acts on what a served cluster does not have.
    package func inject(_ fault: Fault, replica: Int, amount: Int64?, for span: Duration?) async throws {
        try await exclusively { try await self.begin(fault, replica: replica, amount: amount, for: span) }
    }

    /// Repairs every fault of this name that lasts.
    package func repair(_ name: String) async throws {
        try await exclusively {
            let active = await self.faults.filter { $0.event.fault == name }
            guard !active.isEmpty else { throw ServeError.faultIsNotActive(name) }
            for fault in active { try await self.repair(fault) }
        }
    }

    private func begin(_ fault: Fault, replica: Int, amount: Int64?, for span: Duration?) async throws {
        guard options.ports.indices.contains(replica) else { throw ServeError.noSuchReplica(options.ports.count) }
        // The bus is also that of one process; what else acts on Redis or PostgreSQL has no effect without them.
        let needsServices = fault.acts == .postgres || fault.acts == .redis && fault.name != Fault.busDown.name
        if needsServices, options.services == nil { throw ServeError.faultNeedsServices(fault.name) }
        let target: FaultTarget
        switch fault.acts {
        case .replica where !fault.actsOnClients: target = .replica(replica)
        case .redis: target = .redis
        case .postgres where !fault.needs.contains(.postgresProxy): target = .postgres
        case .replica, .postgres, .socket, .keyServer, .receivers: throw ServeError.faultIsOfRuns(fault.name)
        }
        let event = FaultEvent(fault: fault.name, phase: .begin, target: target, amount: amount)
        try await Fault.apply(event, to: faultContext)
        guard fault.heal != nil else { return }
        let now = await cluster.now
        faults.append(ActiveFault(event: event, end: span.map { now + $0 }))
    }

    private func repair(_ fault: ActiveFault) async throws {
        faults.removeAll { $0.event == fault.event }
        _ = try await cluster.reap()
        let event = FaultEvent(fault: fault.event.fault, phase: .heal, target: fault.event.target)
        try await Fault.apply(event, to: faultContext)
        try await cluster.rest()
    }

    private var faultContext: FaultContext {
        FaultContext(
            replicas: cluster, stores: cluster.deployment, sockets: ForeignSockets(cluster: cluster), keys: nil,
            receivers: nil)
    }

    // MARK: - Looks

    /// Returns a token that the service accepts, or one with a flaw.
    package func token(_ draft: TokenDraft) async -> String {
        let clock = VirtualClock(at: await cluster.now)
        let issuer = TokenIssuer(secret: ReplicaSetup.secret, issuer: nil, audience: nil, clock: clock)
        let claims = draft.claims(at: clock.now())
        return draft.corrupted(issuer.sign(claims: claims, header: draft.header(algorithm: "HS256", keyID: nil)))
    }

    /// Reads the events since the last look, of all providers and customers. Returns `false` while a fault keeps every
    /// replica from answering; they are read after a later move then.
    private func readEvents() async throws -> Bool {
        while true {
            guard let json = try await get("/events?limit=100" + (cursor.map { "&after=\($0)" } ?? "")) else {
                return false
            }
            guard case .array(let page)? = json["data"], !page.isEmpty else { return true }
            unreported += page
            cursor = json["meta"]?["next"]?.string ?? cursor
        }
    }

    private func nextReminder() async throws -> Timestamp? {
        guard let json = try await get("/reminders?outcome=waiting&limit=1") else { throw ServeError.noReplicaAnswers }
        guard case .array(let page)? = json["data"] else { return nil }
        return page.first?["due_at"]?.string.flatMap { RFC3339.parse($0) }
    }

    /// Asks one replica after the other. Returns `nil` when a fault keeps all of them from answering.
    private func get(_ path: String) async throws -> JSONValue? {
        let draft = TokenDraft(subject: "simulator", roles: ["admin"], audience: Self.audience)
        let token = await token(draft)
        for number in options.ports.indices {
            guard await cluster.answers(number), let endpoint = await cluster.endpoint(number) else { continue }
            let answer = await web.send("GET", endpoint.address.url + path, token: token)
            if answer.status == 200, let json = answer.json { return json }
            guard faults.isEmpty else { continue }
            throw ServeError.noAnswer("GET \(path): \(answer.status.map(String.init) ?? "none") \(answer.text)")
        }
        return nil
    }

    /// The claim `aud` that the replicas demand.
    package static let audience = ReplicaSetup.audience
}

/// Why the clock could not be moved.
package enum ServeError: Error, CustomStringConvertible {
    case instantHasPassed(Timestamp)
    case instantIsTooFar
    case noReminderWaits
    case noReplicaAnswers
    case noSuchReplica(Int)
    case faultIsNotActive(String)
    case faultNeedsServices(String)
    case faultIsOfRuns(String)
    case noAnswer(String)

    package var description: String {
        switch self {
        case .instantHasPassed(let now): "the clock stands at \(RFC3339.string(now)) and does not move back"
        case .instantIsTooFar: "the clock moves by at most 366 days at once"
        case .noReminderWaits: "no reminder waits"
        case .noSuchReplica(let count): "replica must be from 0 to \(count - 1)"
        case .faultIsNotActive(let name): "\(name) does not last now"
        case .faultNeedsServices(let name): "\(name) is a fault of PostgreSQL or Redis: it requires --stores services"
        case .faultIsOfRuns(let name): "\(name) acts on clients, keys or proxies of the simulator's own runs"
        case .noReplicaAnswers: "a fault keeps every replica from answering"
        case .noAnswer(let reason): "the service gave no answer: \(reason)"
        }
    }
}

/// The sockets of clients that are not the simulator's. A replica that dies takes its connections with it.
private struct ForeignSockets: SocketFaults {
    let cluster: Cluster

    func dropSockets(of replica: Int) async throws {}
    func cutSocket(_ name: String, afterBytes count: Int) async {}
    func stallSocket(_ name: String) async {}
    func unstallSocket(_ name: String) async {}
    func settle() async throws { try await cluster.rest() }
}
