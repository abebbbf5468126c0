import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// `scripts/cluster`: PostgreSQL, Redis, three replicas of the built server and nginx.
struct Cluster {
    /// nginx, as clients address it.
    let address: String
    private let variables: [String: String]

    /// Starts a cluster, which ends with this process if `down` is not called.
    static func up() async throws -> Cluster {
        let folder = try TestServer.makeFolder().appendingPathComponent("cluster").path
        let variables = [
            "CLUSTER_FOLDER": folder, "CLUSTER_BINARY": TestServer.executable("BookingsServer"),
            "CLUSTER_OWNER": "\(ProcessInfo.processInfo.processIdentifier)", "LOG_FORMAT": "json",
            "TMPDIR": FileManager.default.temporaryDirectory.path,
        ]
        let (lines, status) = try await run("up", variables)
        XCTAssertEqual(status, 0, lines.joined(separator: "\n"))
        let base = lines.first { $0.hasPrefix("BASE=") }?.dropFirst(5)
        return Cluster(address: String(try XCTUnwrap(base)), variables: variables)
    }

    /// Runs a command of the script. Returns what it printed, and its exit status.
    @discardableResult
    func run(_ command: String) async throws -> (lines: [String], status: Int32) {
        try await Self.run(command, variables)
    }

    private static func run(
        _ command: String, _ variables: [String: String]
    ) async throws -> (lines: [String], status: Int32) {
        let script = TestServer.root.appendingPathComponent("scripts/cluster").path
        let process = try ChildProcess(script, [command], environment: variables, in: TestServer.root)
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (lines, process.exitStatus())
    }

    func down() async throws {
        let (lines, status) = try await run("down")
        XCTAssertEqual(status, 0, lines.joined(separator: "\n"))
        XCTAssertFalse(FileManager.default.fileExists(atPath: variables["CLUSTER_FOLDER"] ?? ""))
    }
}
