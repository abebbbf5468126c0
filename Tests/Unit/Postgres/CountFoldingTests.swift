import XCTest

@testable import BookingsPostgres

final class CountFoldingTests: XCTestCase {
    func test_a_part_is_folded_after_a_number_of_writes() {
        var folding = CountFolding()
        for _ in 1..<CountFolding.writes { XCTAssertFalse(folding.wrote()) }
        XCTAssertTrue(folding.wrote())
        XCTAssertFalse(folding.folded(CountFolding.partSize - 1))
        XCTAssertFalse(folding.wrote())
    }

    func test_one_part_is_folded_at_a_time_until_the_log_ends() {
        var folding = CountFolding()
        XCTAssertFalse(folding.isBehind(by: CountFolding.positionsBehind - 1))
        XCTAssertTrue(folding.isBehind(by: CountFolding.positionsBehind))
        XCTAssertFalse(folding.isBehind(by: 100_000))
        XCTAssertTrue(folding.folded(CountFolding.partSize))
        XCTAssertFalse(folding.folded(3))
        XCTAssertTrue(folding.isBehind(by: 100_000))
    }

    func test_a_part_that_failed_is_folded_with_the_next_reason() {
        var folding = CountFolding()
        XCTAssertTrue(folding.isBehind(by: 100))
        XCTAssertFalse(folding.folded(nil))
        XCTAssertTrue(folding.isBehind(by: 100))
    }
}
