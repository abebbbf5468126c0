import XCTest

@testable import Bookings
@testable import BookingsWebhooks

/// How long receivers ask to wait.
final class RetryAfterTests: XCTestCase {
    private let now = RFC3339.parse("2026-11-27T12:00:00.250Z") ?? .earliest

    func test_a_number_or_a_date_is_a_delay_of_six_hours_at_most() {
        for (value, delay) in [
            ("0", Duration.zero), ("120", .seconds(120)), ("21600", .seconds(21_600)), ("21601", .seconds(21_600)),
            ("99999999999999999999", .seconds(21_600)),
            ("Fri, 27 Nov 2026 12:02:00 GMT", .milliseconds(119_750)),
            ("Friday, 27-Nov-26 12:02:00 GMT", .milliseconds(119_750)),
            ("Fri Nov 27 12:02:00 2026", .milliseconds(119_750)),
            ("Fri, 27 Nov 2026 11:00:00 GMT", .zero), ("Sun, 27 Nov 2044 11:00:00 GMT", .seconds(21_600)),
        ] { XCTAssertEqual(RetryAfter.delay(value, at: now), delay, value) }
    }

    func test_any_other_value_is_ignored() {
        for value in ["", "-1", "+1", "1.5", "1 s", "soon", "2026-11-27T12:02:00Z", "27 Nov 2026"] {
            XCTAssertNil(RetryAfter.delay(value, at: now), value)
        }
    }
}
