import XCTest

/// The attacks of `scripts/attack`: each bounded in memory, with probes that are answered all the time.
final class AttackTests: XCTestCase {
    func testAttacksNeitherFillTheMemoryNorHoldTheServer() async throws {
        let result = try await HostileScript.run("attack", ["--patience", "10"])
        for line in result.lines where line.hasPrefix("FAILED") { XCTFail(line) }
        XCTAssertEqual(result.status, 0)
    }
}
