import Foundation

/// PostgreSQL and Redis, started by `scripts/services` for this process; they end with it.
struct EphemeralStores: Sendable {
    private let folder: String
    private let databaseURL: String
    let redisPort: Int

    static func start() async throws -> EphemeralStores {
        let lines = try await script(["start", "\(getpid())"], until: "REDIS_URL=")
        func value(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        guard let folder = value("FOLDER"), let database = value("DATABASE_URL"), let redis = value("REDIS_URL"),
            let port = redis.split(separator: ":").last.flatMap({ Int($0) })
        else { throw SimulatorFault.servicesMissing(lines.joined(separator: "\n")) }
        return EphemeralStores(folder: folder, databaseURL: database, redisPort: port)
    }

    /// The URL of a new, empty database.
    func freshDatabase() async throws -> String {
        let name = "run_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        try await Self.sql("create database \(name)", on: databaseURL)
        return databaseURL.replacingOccurrences(of: "/postgres", with: "/\(name)", options: .backwards)
    }

    static func sql(_ text: String, on url: String) async throws {
        try await run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text])
    }

    func flushRedis() async throws { try await Self.run("redis-cli", ["-p", "\(redisPort)", "flushall"]) }
    func restartRedis() async throws { _ = try await Self.script(["restart-redis", folder]) }
    func restartPostgres() async throws { _ = try await Self.script(["restart", folder]) }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let process = try ChildProcess("/usr/bin/env", [program] + arguments, in: URL(fileURLWithPath: "/"))
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        guard process.exitStatus() == 0 else {
            throw SimulatorFault.servicesMissing("\(program): \(lines.joined(separator: " "))")
        }
    }

    /// The script's lines, up to the one that begins so when it goes on in the background.
    private static func script(_ arguments: [String], until last: String? = nil) async throws -> [String] {
        guard let script = path() else {
            throw SimulatorFault.servicesMissing("scripts/services is not below this folder or one above it")
        }
        let process = try ChildProcess(script, arguments, in: URL(fileURLWithPath: "/"))
        var lines: [String] = []
        for await line in process.lines {
            lines.append(line)
            if let last, line.hasPrefix(last) { break }
        }
        guard process.exitStatus() == 0 else {
            throw SimulatorFault.servicesMissing(lines.joined(separator: "\n"))
        }
        return lines
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
