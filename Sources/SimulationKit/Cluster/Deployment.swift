import Bookings
import BookingsRuntime

/// The stores of a run, and the way in which its replicas are opened.
protocol Deployment: StoreFaults {
    func open(_ setup: ReplicaSetup) async throws -> any Replica
    /// How often the stores were in each situation so far, by coverage mark.
    func marks() -> [String: Int]
    func close() async throws
}

extension Deployment {
    func marks() -> [String: Int] { [:] }
}

/// SQLite and the in-process bus, shared by all replicas of this process. The database is in memory, or in a file when a
/// mutant changes its schema.
struct SharedDeployment: Deployment {
    var ports: ApplicationPorts
    private let folder: RunFolder?

    /// - Parameter database: The URL of the file that keeps the data of the run; `nil` for none.
    static func open(_ plan: Plan, keptIn database: String? = nil) async throws -> SharedDeployment {
        var setup = ReplicaSetup(
            seed: plan.seed, number: -1, life: 0, now: Timestamp(milliseconds: plan.settings.begin), skew: 0,
            settings: plan.settings)
        let isChanged = Mutant(named: plan.mutant)?.sqliteChange != nil
        let folder = isChanged && database == nil ? try RunFolder() : nil
        setup.databaseURL = database ?? folder?.database
        if let url = setup.databaseURL { try await SchemaChange.apply(plan, to: url) }
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
