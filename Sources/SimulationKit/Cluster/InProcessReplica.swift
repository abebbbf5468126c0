import Bookings
import BookingsRuntime
import BookingsSocketIO
import Logging
import ServiceLifecycle
import Synchronization

/// The setup of a replica; passed on the command line to one that is a process of its own.
struct ReplicaSetup: Codable, Hashable, Sendable {
    var seed: UInt64
    var number: Int
    /// The number of the replica's life; part of the seed of its socket ids, which must differ between lives.
    var life: Int
    var now: Timestamp
    var skew: Int64
    var settings: Settings
    /// `nil` for the embedded store in memory, which the replicas of one process share.
    var databaseURL: String?
    var redisURL: String?
    var mutant: String?
    /// Whether little may wait for a client that does not read.
    var hasNarrowSockets = false
    /// Whether its clock follows that of the store, as it does in production on PostgreSQL.
    var disciplinesClock = false
    /// Whether machines' clocks are wrong or jump in this run, so that the store's is read often.
    var hasWrongClocks = false
    /// Where the key server publishes its keys to this replica; `nil` in runs without one.
    var keySetURL: String?
    /// Whether its clients are not the simulator's.
    var servesOthers = false

    static let secret = Array("the simulator's secret, known to all of it".utf8)
    static let audience = "bookings"
}

/// The service's application on a virtual clock, with faults between it and its ports.
final class InProcessReplica: Replica {
    let address: Address
    private let clock: VirtualClock
    private let faults: ReplicaFaultState
    private let application: BookingsApplication
    private let log: any EventLog
    private let bus: any EventBus
    private let serving: Task<Void, any Error>
    private let ending: Ending
    private let stop: @Sendable () async -> Void

    /// The interval of polls and heartbeats that are not needed without faults; they would be most of a run's timers.
    private static let never = Duration.seconds(100 * 365 * 86_400)

    /// Clients that are not the simulator's wait for a ping by timers of 31 bits, in real milliseconds.
    private static let longestPing = (interval: Duration.seconds(20 * 86_400), timeout: Duration.seconds(4 * 86_400))

    private static let narrow = {
        var backlog = SocketBacklog()
        backlog.maxUnwrittenBytes = 32 << 10
        backlog.systemBytes = 4 << 10
        return backlog
    }()

    /// Starts a replica.
    ///
    /// - Parameters:
    ///   - shared: The stores that the replicas of this process share; `nil` to open its own.
    ///   - endsOnSignal: Whether SIGTERM ends it in order.
    ///   - onDeath: Called when it dies at an armed crash point.
    static func open(
        _ setup: ReplicaSetup, shared: ApplicationPorts?, endsOnSignal: Bool = false,
        onDeath: @escaping @Sendable () -> Void = {}
    ) async throws -> InProcessReplica {
        let clock = VirtualClock(at: setup.now, skew: .milliseconds(setup.skew))
        let mutant = Mutant(named: setup.mutant)
        let isSteered = setup.disciplinesClock && mutant?.disciplinesClocks ?? true
        let steered = isSteered ? DisciplinedClock(local: clock, reference: TrueReference(clock: clock)) : nil
        try await steered?.measure()
        let faults = ReplicaFaultState(onDeath: onDeath)
        let identifiers = SeededIdentifiers(seed: setup.seed, life: "\(setup.number).\(setup.life)")
        let composition = Composition(
            configuration: Self.configuration(setup), clock: steered ?? clock, identifiers: identifiers,
            logger: Self.logger, steersClock: false)
        var adapters =
            if let shared { try composition.adapters(sharing: shared) } else { try await composition.openAdapters() }
        if shared == nil { try await composition.prepareSchema(adapters) }
        mutant?.plant(in: &adapters.ports, keySetURL: setup.keySetURL)
        let plain = adapters.ports
        adapters.ports.steering = steered
        faults.intercept(&adapters.ports)
        if setup.settings.hasReceivers { receive(&adapters.ports, setup) }
        let application = composition.application(
            adapters,
            timing: ApplicationTiming(
                reminderPoll: never, relayPoll: never, relayPollWithoutBus: .seconds(1),
                clockPoll: setup.hasWrongClocks ? .seconds(60) : .seconds(3600),
                garbageCollection: setup.servesOthers ? .seconds(3600) : .seconds(300),
                pingInterval: setup.servesOthers ? longestPing.interval : never,
                pingTimeout: setup.servesOthers ? longestPing.timeout : never, idleWhileDraining: .zero),
            backlog: setup.hasNarrowSockets ? Self.narrow : SocketBacklog())
        let group = ServiceGroup(
            configuration: .init(
                services: adapters.services + [application], gracefulShutdownSignals: endsOnSignal ? [.sigterm] : [],
                logger: Self.logger))
        let ending = Ending()
        let serving = Task {
            defer { ending.hasEnded.store(true, ordering: .releasing) }
            try await group.run()
        }
        return InProcessReplica(
            address: Address(port: await application.boundPort()), clock: clock, faults: faults,
            application: application,
            log: plain.log, bus: plain.bus, serving: serving, ending: ending,
            stop: { await group.triggerGracefulShutdown() })
    }

    /// Lets the replica reach the receivers of webhooks at the address of its own.
    private static func receive(_ ports: inout ApplicationPorts, _ setup: ReplicaSetup) {
        ports.webhooks = InterceptedWebhooks.takingTurns(
            ports.webhooks, replica: setup.number, of: setup.settings.replicas, seed: setup.seed)
        let address = IPAddress(WebhookReceivers.address(for: setup.number))
        ports.resolveHost = { _ in address.map { [$0] } ?? [] }
    }

    /// Whether the service's task has ended, for whatever reason.
    private final class Ending: Sendable {
        let hasEnded = Atomic(false)
    }

    private init(
        address: Address, clock: VirtualClock, faults: ReplicaFaultState, application: BookingsApplication,
        log: any EventLog, bus: any EventBus, serving: Task<Void, any Error>, ending: Ending,
        stop: @escaping @Sendable () async -> Void
    ) {
        self.address = address
        self.clock = clock
        self.faults = faults
        self.application = application
        self.log = log
        self.bus = bus
        self.serving = serving
        self.ending = ending
        self.stop = stop
    }

    static let logger = Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }

    static func configuration(_ setup: ReplicaSetup) -> ServiceConfiguration {
        let settings = setup.settings
        var configuration = ServiceConfiguration()
        configuration.environment = .test
        configuration.port = 0
        configuration.database = setup.databaseURL.map(Self.database) ?? .sqliteMemory
        configuration.redisURL = setup.redisURL
        configuration.jwtSecret = ReplicaSetup.secret
        configuration.jwtAudience = ReplicaSetup.audience
        configuration.jwksURL = setup.keySetURL
        configuration.customerAccess = .own
        configuration.initialStatus = settings.isPendingFirst ? .pending : .confirmed
        configuration.reminderPlan = ReminderPlan(leads: settings.leads.map { .milliseconds($0) })
        configuration.eventRetention = .seconds(settings.retentionSeconds)
        configuration.cacheTTL = .seconds(settings.cacheSeconds)
        // The clock stands still while the replica starts, so that a timeout would never be reached.
        configuration.startupTimeout = .zero
        configuration.socketIOAnonymous = false
        configuration.socketIOStateRecovery = settings.recoversSockets
        configuration.rateLimit = settings.requestsAMinute.map { RateLimit(requests: $0, window: .seconds(60)) }
        return configuration
    }

    private static func database(_ url: String) -> DatabaseSetting {
        url.hasPrefix("sqlite:") ? .sqlite(path: String(url.dropFirst("sqlite:".count))) : .postgres(url: url)
    }

    // MARK: - Replica

    var isDead: Bool { faults.isDead || ending.hasEnded.load(ordering: .acquiring) }
    func diedAtCrashPoint() -> Bool { faults.isDead }

    private static let kinds = InFlightWork.Kind.allCases
    /// Everything but what receivers of webhooks may hold up.
    private static let ownKinds = kinds.filter { $0 != .webhook }

    func state() -> ReplicaState {
        let underWay = Self.kinds.map { application.inFlightWork.count(of: $0) }
        let own = Self.ownKinds.reduce(0) { $0 + application.inFlightWork.count(of: $1) }
        return ReplicaState(
            isDead: isDead, isAtRest: own == faults.blocked, underWay: underWay,
            deliveries: application.inFlightWork.count(of: .webhook),
            relayed: application.relayPosition.number, sent: Int(application.metrics.registry.value(of: .socketEvents)),
            announced: faults.announced, hasStore: !faults.isStoreDown, nextTimer: clock.nextTimer,
            isBusConnected: bus.isConnected)
    }

    func counts() -> ReplicaCounts {
        ReplicaCounts(
            passed: Dictionary(uniqueKeysWithValues: faults.passed.map { ($0.key.rawValue, $0.value) }),
            marks: faults.marks)
    }

    func head() async throws -> Int64 { try await log.head().number }

    func setTime(_ instant: Timestamp) { clock.set(to: instant) }
    func runTimers() { clock.runTimers() }
    func set(_ change: ReplicaFaultState.Change) { faults.set(change) }
    func wake() { faults.wake() }
    func stepClock(by jump: Duration) { clock.step(by: jump) }

    func kill() async {
        faults.die()
        serving.cancel()
        _ = try? await serving.value
    }

    /// Returns when the replica has ended for any reason.
    func ended() async { _ = try? await serving.value }

    func terminate() async throws {
        await stop()
        do { try await serving.value } catch {
            guard !faults.isDead else { return }
            throw SimulatorError.crashed("a replica that was shut down failed: \(error)")
        }
    }
}
