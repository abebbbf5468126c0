import Bookings
import BookingsRuntime
import FoundationEssentials

/// A folder of one run, gone with it.
final class RunFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "bookings-run-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { "sqlite:\(path)/bookings.sqlite" }
}

/// SQLite in a file, for one replica that is a process, killed and started again.
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
    func mendBus() async throws { try await services?.mendBus() }
    func flushRedis() async throws { try await services?.flushRedis() }
    func restartRedis() async throws { try await services?.restartRedis() }
    func restartPostgres() async throws { try await services?.restartPostgres() }
    func close() async throws { try await services?.close() }
}

/// A database of its own on ephemeral PostgreSQL, and Redis behind a proxy that can be cut.
struct ServiceDeployment: Deployment {
    private let services: EphemeralStores
    let databaseURL: String
    let redisURL: String
    private let redis: TCPProxy

    static func open(_ plan: Plan, _ services: EphemeralStores) async throws -> ServiceDeployment {
        let databaseURL = try await services.freshDatabase()
        try await services.flushRedis()
        try await SchemaChange.apply(plan, to: databaseURL)
        let proxy = TCPProxy(target: services.redisPort)
        let port = try await proxy.start()
        return ServiceDeployment(
            services: services, databaseURL: databaseURL, redisURL: "redis://127.0.0.1:\(port)", redis: proxy)
    }

    func open(_ setup: ReplicaSetup) async throws -> any Replica {
        var setup = setup
        setup.databaseURL = databaseURL
        setup.redisURL = redisURL
        return try await ReplicaHouse.open(setup, shared: nil)
    }

    func cutBus() async throws {
        redis.refuse(true)
        await redis.cut()
    }

    func mendBus() async throws { redis.refuse(false) }
    func flushRedis() async throws { try await services.flushRedis() }
    func restartRedis() async throws { try await services.restartRedis() }
    func restartPostgres() async throws { try await services.restartPostgres() }
    func close() async throws { await redis.stop() }
}
