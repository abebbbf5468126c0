import XCTest

/// Malformed and unusual packets: `scripts/fuzz` for a minute. It prints its seed, and a command that replays a failure.
final class FuzzTests: XCTestCase {
    func test_malformed_packets_do_not_crash_or_block_the_server() async throws {
        let result = try await HostileScript.run("fuzz", ["--seconds", "60"])
        XCTAssertEqual(result.status, 0, result.lines.joined(separator: "\n"))
    }
}
