import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsWebhooks

final class RetryScheduleTests: XCTestCase {
    private func delay(_ failures: Int, retryAfter: Duration? = nil, random: Double = 0.5) -> Duration? {
        RetrySchedule.next(failures: failures, firstFailure: at(0), now: at(0), retryAfter: retryAfter, random: random)
            .map { at(0).duration(to: $0) }
    }

    func test_delays_follow_the_table_and_stay_at_six_hours() {
        let seconds = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 21_600, 21_600]
        for (index, expected) in seconds.enumerated() { XCTAssertEqual(delay(index + 1), .seconds(expected)) }
    }

    func test_a_delay_varies_by_a_fifth() {
        XCTAssertEqual(delay(2, random: 0), .seconds(24))
        XCTAssertEqual(delay(2, random: 1), .seconds(36))
    }

    func test_a_receiver_may_ask_for_a_longer_delay_up_to_six_hours() {
        for (asked, expected) in [(1, 30), (90, 90), (1_000_000, 21_600)] {
            XCTAssertEqual(delay(2, retryAfter: .seconds(asked)), .seconds(expected), "\(asked)")
        }
    }

    func test_no_attempt_is_made_more_than_three_days_after_the_first_failure() {
        func isLast(at seconds: Int) -> Bool {
            RetrySchedule.next(failures: 12, firstFailure: at(0), now: at(seconds), retryAfter: nil, random: 0.5) == nil
        }
        XCTAssertFalse(isLast(at: 259_200 - 21_600))
        XCTAssertTrue(isLast(at: 259_200 - 21_599))
    }
}
