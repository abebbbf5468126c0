import XCTest

/// The attacks of `scripts/attack`: each bounded in memory, with probes that are answered all the time.
final class AttackTests: XCTestCase {
    func test_attacks_neither_fill_the_memory_nor_hold_the_server() async throws {
        let result = try await HostileScript.run("attack", ["--patience", "10"])
        for line in result.lines where line.hasPrefix("FAILED") { XCTFail(line) }
        XCTAssertEqual(result.status, 0)
    }
}
