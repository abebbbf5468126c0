import Bookings
import BookingsRuntime

/// The stores of a run, and what can be done to them.
protocol Deployment: Sendable {
    func open(_ setup: ReplicaSetup) async throws -> any Replica
    /// Returns when every connection to Redis is cut.
    func cutBus() async throws
    func mendBus() async throws
    func flushRedis() async throws
    func restartRedis() async throws
    func restartPostgres() async throws
    func snapshotRedis() async throws
    func failOverRedis() async throws
    /// Answers of PostgreSQL come so much later, in real time. False: there is none.
    func slowPostgres(by delay: Duration) async throws -> Bool
    /// What lies in wait for the next statement; nil: nothing does.
    func armPostgres(_ harm: PostgresWire.Harm?) async throws
    /// PostgreSQL refuses so many of the next transactions that append to the log; nil: no more of them.
    func refuseWrites(_ refusal: PostgresRefusal?, times: Int) async throws
    /// What befell the stores so far.
    func marks() -> [String: Int]
    func close() async throws
}

extension Deployment {
    func cutBus() async throws {}
    func mendBus() async throws {}
    func flushRedis() async throws {}
    func restartRedis() async throws {}
    func restartPostgres() async throws {}
    func snapshotRedis() async throws {}
    func failOverRedis() async throws {}
    func slowPostgres(by delay: Duration) async throws -> Bool { false }
    func armPostgres(_ harm: PostgresWire.Harm?) async throws {}
    func refuseWrites(_ refusal: PostgresRefusal?, times: Int) async throws {}
    func marks() -> [String: Int] { [:] }
}

/// SQLite, shared by all replicas of this process, with the bus of one process between them. It lives in memory, or in
/// a file where a mutant changes its schema.
struct SharedDeployment: Deployment {
    private let ports: ApplicationPorts
    private let folder: RunFolder?

    static func open(_ plan: Plan) async throws -> SharedDeployment {
        var setup = ReplicaSetup(
            seed: plan.seed, number: -1, life: 0, now: Timestamp(milliseconds: plan.settings.begin), skew: 0,
            settings: plan.settings)
        let folder = Mutant(named: plan.mutant)?.schemaChange == nil ? nil : try RunFolder()
        if let folder { try await SchemaChange.apply(plan, to: folder.database) }
        setup.databaseURL = folder?.database
        let composition = Composition(
            configuration: InProcessReplica.configuration(setup), clock: VirtualClock(at: setup.now),
            identifiers: SeededIdentifiers(seed: plan.seed), logger: InProcessReplica.logger)
        let adapters = try await composition.openAdapters()
        try await composition.prepareSchema(adapters)
        return SharedDeployment(ports: adapters.ports, folder: folder)
    }

    func open(_ setup: ReplicaSetup) async throws -> any Replica {
        try await InProcessReplica.open(setup, shared: ports)
    }

    func close() async throws {}
}
