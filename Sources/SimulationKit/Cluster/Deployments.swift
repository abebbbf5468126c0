import Bookings
import BookingsRuntime

/// The stores of replicas that are processes: SQLite in a file, or PostgreSQL and Redis.
struct ProcessDeployment: Deployment {
    private let folder: RunFolder?
    private let services: ServiceDeployment?
    private let program: String

    static func onFile(_ plan: Plan, program: String) async throws -> ProcessDeployment {
        let folder = try RunFolder()
        try await SchemaChange.apply(plan, to: folder.database)
        return ProcessDeployment(folder: folder, services: nil, program: program)
    }

    private init(folder: RunFolder?, services: ServiceDeployment?, program: String) {
        self.folder = folder
        self.services = services
        self.program = program
    }

    init(over services: ServiceDeployment, program: String) {
        self.init(folder: nil, services: services, program: program)
    }

    func open(_ setup: ReplicaSetup) async throws -> any Replica {
        var setup = setup
        setup.databaseURL = folder?.database ?? services?.databaseURL
        setup.redisURL = services?.redisURL
        return try await ReplicaProcess.open(setup, program: program)
    }

    func cutBus() async throws { try await services?.cutBus() }
    func restoreBus() async throws { try await services?.restoreBus() }
    func flushRedis() async throws { try await services?.flushRedis() }
    func restartRedis() async throws { try await services?.restartRedis() }
    func restartPostgres() async throws { try await services?.restartPostgres() }
    func snapshotRedis() async throws { try await services?.snapshotRedis() }
    func failOverRedis() async throws { try await services?.failOverRedis() }
    func slowPostgres(by delay: Duration) async throws -> Bool {
        try await services?.slowPostgres(by: delay) ?? false
    }
    func armPostgres(_ wireFault: PostgresWire.WireFault?) async throws { try await services?.armPostgres(wireFault) }
    func refuseWrites(_ refusal: PostgresRefusal?, times: Int) async throws {
        try await services?.refuseWrites(refusal, times: times)
    }
    func marks() -> [String: Int] { services?.marks() ?? [:] }
    func close() async throws { try await services?.close() }
}
