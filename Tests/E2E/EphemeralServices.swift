import Foundation
import Synchronization
import XCTest

@testable import SimulationKit

/// A PostgreSQL and a Redis that all tests of the process share. `scripts/services` starts them once, and stops them when
/// the process ends.
enum EphemeralServices {
    private static let started = Mutex<[String: String]?>(nil)
    private static let databases = Mutex(0)

    /// Returns FOLDER, DATABASE_URL and REDIS_URL.
    static func variables() async throws -> [String: String] {
        if let known = started.withLock({ $0 }) { return known }
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        let process = try ChildProcess(
            script, ["start", "\(ProcessInfo.processInfo.processIdentifier)"], in: TestServer.root)
        var lines: [String] = []
        for await line in process.lines {
            lines.append(line)
            if line.hasPrefix("REDIS_URL=") { break }
        }
        let pairs = lines.compactMap { line -> (String, String)? in
            guard let sign = line.firstIndex(of: "=") else { return nil }
            return (String(line[..<sign]), String(line[line.index(after: sign)...]))
        }
        let variables = Dictionary(pairs) { $1 }
        XCTAssertNotNil(variables["REDIS_URL"], lines.joined(separator: "\n"))
        started.withLock { $0 = variables }
        return variables
    }

    /// Creates an empty database, and returns its URL.
    static func freshDatabase() async throws -> String {
        let base = try await variables()["DATABASE_URL"] ?? ""
        let number = databases.withLock { number in
            number += 1
            return number
        }
        let name = "test_\(ProcessInfo.processInfo.processIdentifier)_\(number)"
        try await sql("create database \(name)", on: base)
        return base.replacingOccurrences(of: "/postgres", with: "/\(name)", options: .backwards)
    }

    /// Runs SQL with psql in one transaction. Returns what it printed, and its exit status.
    @discardableResult
    static func sql(_ statements: String, on url: String) async throws -> (lines: [String], status: Int32) {
        let psql = try ChildProcess(
            "/usr/bin/psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statements],
            in: TestServer.root)
        var lines: [String] = []
        for await line in psql.lines { lines.append(line) }
        return (lines, psql.exitStatus())
    }
}
