import XCTest

@testable import Bookings
@testable import BookingsHTTP

final class ResponseClockTests: XCTestCase {
    /// A date's second starts here; `TestApp.noon` is the start of a second.
    private let base = ManualClock(TestApp.noon)

    func test_the_date_follows_the_clock() {
        let clock = ResponseClock(base)
        XCTAssertEqual(clock.date, "Wed, 01 May 2030 12:00:00 GMT")
        base.advance(by: .milliseconds(999))
        XCTAssertEqual(clock.date, "Wed, 01 May 2030 12:00:00 GMT")
        base.advance(by: .milliseconds(1))
        XCTAssertEqual(clock.date, "Wed, 01 May 2030 12:00:01 GMT")
    }

    func test_the_date_is_not_earlier_than_an_instant_read_for_the_same_response() {
        let clock = ResponseClock(base)
        _ = clock.date
        base.advance(by: .seconds(1))
        let createdAt = clock.now()
        base.advance(by: .milliseconds(-20))
        XCTAssertEqual(clock.now(), createdAt - .milliseconds(20), "instants themselves follow the clock")
        XCTAssertEqual(clock.date, HTTPDate.string(createdAt))
    }

    func test_the_date_follows_a_clock_that_was_wrong() {
        let clock = ResponseClock(base)
        base.advance(by: .seconds(3600))
        _ = clock.now()
        base.advance(by: .seconds(-3600))
        XCTAssertEqual(clock.date, "Wed, 01 May 2030 12:00:00 GMT")
    }
}
