import XCTest

@testable import Bookings

final class RelayProgressTests: XCTestCase {
    func test_the_lag_is_what_was_announced_and_not_yet_handed_on() {
        var progress = RelayProgress(from: LogPosition(10))
        XCTAssertEqual(progress.lag, 0)
        progress.announce(LogPosition(14))
        progress.announce(LogPosition(12))
        XCTAssertEqual(progress.lag, 4)
        progress.relay(through: LogPosition(13))
        XCTAssertEqual(progress.lag, 1)
        progress.announce(LogPosition(.max))
        XCTAssertEqual(progress.lag, 1)
        progress.relay(through: LogPosition(20))
        XCTAssertEqual(progress.lag, 0)
    }

    func test_there_is_a_reason_to_read_after_news_and_after_a_silence_that_may_have_hidden_some() {
        var progress = RelayProgress(from: LogPosition(10))
        XCTAssertFalse(progress.isBehind)
        progress.announce(LogPosition(10))
        XCTAssertFalse(progress.isBehind)
        progress.announce(LogPosition(11))
        XCTAssertTrue(progress.isBehind)
        progress.willRead()
        XCTAssertTrue(progress.isBehind)
        progress.relay(through: LogPosition(11))
        XCTAssertFalse(progress.isBehind)
        progress.announce(LogPosition(.max))
        XCTAssertTrue(progress.isBehind)
        progress.willRead()
        XCTAssertFalse(progress.isBehind)
    }

    func test_what_was_announced_and_is_not_in_the_log_is_forgotten_once_the_log_was_read_to_its_end() {
        var progress = RelayProgress(from: LogPosition(10))
        progress.announce(LogPosition(.max - 1))
        progress.willRead()
        progress.announce(LogPosition(14))
        progress.relay(through: LogPosition(12))
        progress.didRead()
        XCTAssertEqual(progress.lag, 2, "what came during the reading still counts")
        XCTAssertTrue(progress.isBehind)
        progress.willRead()
        progress.didRead()
        XCTAssertEqual(progress.lag, 0)
        XCTAssertFalse(progress.isBehind)
    }

    func test_a_reading_that_failed_forgets_no_announcement() {
        var progress = RelayProgress(from: LogPosition(10))
        progress.announce(LogPosition(14))
        progress.willRead()
        progress.willRead()
        XCTAssertEqual(progress.lag, 4)
    }

    func test_a_log_that_went_back_leaves_nothing_ahead() {
        var progress = RelayProgress(from: LogPosition(10))
        progress.announce(LogPosition(14))
        XCTAssertEqual(progress.furthest, LogPosition(14))
        progress.restart(at: LogPosition(4))
        XCTAssertEqual([progress.lag, Int(progress.relayed.number)], [0, 4])
        XCTAssertFalse(progress.isBehind)
    }
}
