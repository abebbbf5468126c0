import Foundation

@testable import SimulationKit

/// Runs `scripts/attack` and `scripts/fuzz`: clients that send malformed or excessive input to servers of their own.
enum HostileScript {
    /// Returns what the script prints, and its exit status.
    static func run(_ name: String, _ arguments: [String] = []) async throws -> (lines: [String], status: Int32) {
        let binary = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("BookingsServer").path
        let script = TestServer.root.appendingPathComponent("scripts/\(name)").path
        let process = try ChildProcess(script, ["--binary", binary] + arguments, in: TestServer.root)
        var lines: [String] = []
        for await line in process.lines {
            print(line)
            lines.append(line)
        }
        return (lines, process.exitStatus())
    }
}
