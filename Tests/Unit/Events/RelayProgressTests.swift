import XCTest

@testable import Bookings

final class RelayProgressTests: XCTestCase {
    func test_the_lag_is_the_number_of_announced_events_that_were_not_delivered() {
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

    func test_the_log_has_to_be_read_after_an_announcement_and_when_announcements_may_be_lost() {
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

    func test_an_announced_event_that_is_not_in_the_log_does_not_count_once_the_log_was_read_to_its_end() {
        var progress = RelayProgress(from: LogPosition(10))
        progress.announce(LogPosition(.max - 1))
        progress.willRead()
        progress.announce(LogPosition(14))
        progress.relay(through: LogPosition(12))
        progress.didRead()
        XCTAssertEqual(progress.lag, 2, "an announcement during the read still counts")
        XCTAssertTrue(progress.isBehind)
        progress.willRead()
        progress.didRead()
        XCTAssertEqual(progress.lag, 0)
        XCTAssertFalse(progress.isBehind)
    }

    func test_a_failed_read_keeps_the_announcements() {
        var progress = RelayProgress(from: LogPosition(10))
        progress.announce(LogPosition(14))
        progress.willRead()
        progress.willRead()
        XCTAssertEqual(progress.lag, 4)
    }

    func test_a_rewind_discards_the_announcements() {
        var progress = RelayProgress(from: LogPosition(10))
        progress.announce(LogPosition(14))
        XCTAssertEqual(progress.furthest, LogPosition(14))
        progress.restart(at: LogPosition(4))
        XCTAssertEqual([progress.lag, Int(progress.relayed.number)], [0, 4])
        XCTAssertFalse(progress.isBehind)
    }
}
