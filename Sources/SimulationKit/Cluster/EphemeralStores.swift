import Foundation

/// PostgreSQL and Redis servers that `scripts/services` starts for this process; they end with it.
package struct EphemeralStores: Sendable {
    private let folder: String
    private let databaseURL: String
    let postgresPort: Int
    let redisPort: Int

    package static func start() async throws -> EphemeralStores {
        let lines = try await script(["start", "\(getpid())"], until: "REDIS_URL=")
        func value(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        guard let folder = value("FOLDER"), let database = value("DATABASE_URL"), let redis = value("REDIS_URL"),
            let port = redis.split(separator: ":").last.flatMap({ Int($0) }),
            let postgresPort = URL(string: database)?.port
        else { throw unavailable(lines.joined(separator: "\n")) }
        return EphemeralStores(
            folder: folder, databaseURL: database, postgresPort: postgresPort, redisPort: port)
    }

    /// Creates an empty database and returns its URL.
    func freshDatabase() async throws -> String {
        let name = "run_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        try await Self.sql("create database \(name)", on: databaseURL)
        return databaseURL.replacingOccurrences(of: "/postgres", with: "/\(name)", options: .backwards)
    }

    /// The URL of the same database on another port.
    package func through(port: Int, _ url: String) -> String {
        url.replacingOccurrences(of: ":\(postgresPort)/", with: ":\(port)/")
    }

    /// Executes SQL with `psql`. Returns the values of the rows, a line each.
    @discardableResult
    static func sql(_ statements: String, on url: String) async throws -> [String] {
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statements]
        return try await run("psql", arguments, with: ["PGOPTIONS": "-c client_min_messages=warning"])
    }

    func flushRedis() async throws { try await Self.run("redis-cli", ["-p", "\(redisPort)", "flushall"]) }
    func restartRedis() async throws { _ = try await Self.script(["restart-redis", folder]) }
    func snapshotRedis() async throws { _ = try await Self.script(["snapshot-redis", folder]) }

    /// Fails Redis over to its snapshot. Returns the number of keys that were lost.
    func failOverRedis() async throws -> Int {
        let lines = try await Self.script(["failover-redis", folder])
        return lines.lazy.filter { $0.hasPrefix("LOST=") }.compactMap { Int($0.dropFirst("LOST=".count)) }.first ?? 0
    }

    func restartPostgres() async throws { _ = try await Self.script(["restart", folder]) }

    @discardableResult
    private static func run(
        _ program: String, _ arguments: [String], with environment: [String: String] = [:]
    ) async throws -> [String] {
        let process = try ChildProcess(
            "/usr/bin/env", [program] + arguments, environment: environment, in: URL(fileURLWithPath: "/"))
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        guard process.exitStatus() == 0 else {
            throw unavailable("\(program): \(lines.joined(separator: " "))")
        }
        return lines
    }

    /// Runs `scripts/services`. Returns its lines, up to the one that begins with `last` if it leaves servers running.
    private static func script(_ arguments: [String], until last: String? = nil) async throws -> [String] {
        guard let script = path() else {
            throw unavailable("scripts/services is not below this folder or one above it")
        }
        let process = try ChildProcess(script, arguments, in: URL(fileURLWithPath: "/"))
        var lines: [String] = []
        for await line in process.lines {
            lines.append(line)
            if let last, line.hasPrefix(last) { break }
        }
        guard process.exitStatus() == 0 else {
            throw unavailable(lines.joined(separator: "\n"))
        }
        return lines
    }

    private static func unavailable(_ reason: String) -> SimulatorError {
        .servicesMissing("PostgreSQL and Redis are not available: \(reason)")
    }

    private static func path() -> String? {
        var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        while folder.path != "/" {
            let script = folder.appendingPathComponent("scripts/services").path
            if FileManager.default.isExecutableFile(atPath: script) { return script }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
