import XCTest

/// The attacks of `scripts/attack`: memory stays bounded, and probes are answered throughout.
final class AttackTests: XCTestCase {
    func test_attacks_do_not_exhaust_memory_or_block_probes() async throws {
        let result = try await HostileScript.run("attack", ["--timeout", "10"])
        for line in result.lines where line.hasPrefix("FAILED") { XCTFail(line) }
        XCTAssertEqual(result.status, 0)
    }
}
