import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class IdempotenceCheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        HistoryBuilder.withOneBooking.violations(after: change)
    }

    /// Returns the violations after two answers to one key, the second `after` seconds later.
    private func answers(
        _ first: (Int?, String), _ second: (Int?, String), after: Int = 60,
        booking: UInt64 = 7
    ) -> Set<String> {
        violations {
            let earlier = $0.call(
                .act(.cancel), booking: aBooking(7).id, at: 0, key: "k", status: first.0, body: first.1)
            let later = $0.call(
                .act(.cancel), booking: aBooking(booking).id, at: after, key: "k", status: second.0,
                isReplay: after < 86_400 && booking == 7, body: second.1)
            $0.history.calls += [earlier, later]
        }
    }

    func test_different_answers_to_one_key_are_reported() {
        XCTAssertEqual(answers((404, "a"), (404, "a")), [])
        XCTAssertEqual(answers((404, "a"), (404, "b")), ["idempotent"])
        XCTAssertEqual(answers((404, "a"), (412, "a")), ["idempotent"])
        XCTAssertEqual(answers((409, "illegal-transition"), (409, "slot-free")), ["idempotent"])
    }

    func test_answers_that_are_not_stored_with_a_key_may_differ() {
        XCTAssertEqual(answers((nil, ""), (404, "a")), [])
        XCTAssertEqual(answers((503, "a"), (404, "a")), [])
        XCTAssertEqual(answers((409, "request-in-progress"), (404, "a")), [])
        XCTAssertEqual(answers((404, "a"), (422, "idempotency-mismatch")), [])
    }

    func test_a_key_counts_as_new_for_another_booking_and_after_a_day() {
        XCTAssertEqual(answers((404, "a"), (404, "b"), booking: 8), [])
        XCTAssertEqual(answers((404, "a"), (404, "b"), after: 86_400), [])
        XCTAssertEqual(answers((404, "a"), (404, "b"), after: 86_399), ["idempotent"])
    }

    func test_a_key_that_creates_two_bookings_is_reported() {
        func creating(key: String) -> Set<String> {
            var builder = HistoryBuilder()
            builder.book(1, start: 20_000, key: "k")
            builder.book(2, start: 30_000, key: key)
            return builder.violations
        }
        XCTAssertEqual(creating(key: "another"), [])
        XCTAssertEqual(creating(key: "k"), ["idempotent"])
    }
}
