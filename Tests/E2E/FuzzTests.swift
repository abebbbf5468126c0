import XCTest

/// Hostile packets: `scripts/fuzz` for a minute. It prints its seed, and the line that replays a failure.
final class FuzzTests: XCTestCase {
    func test_hostile_packets_neither_end_nor_stop_the_server() async throws {
        let result = try await HostileScript.run("fuzz", ["--seconds", "60"])
        XCTAssertEqual(result.status, 0, result.lines.joined(separator: "\n"))
    }
}
