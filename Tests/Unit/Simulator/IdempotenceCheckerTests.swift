import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class IdempotenceCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, from 3600 to 4200 with `provider-0`, breaks.
    private func broken(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var story = HistoryBuilder.ofOneBooking
        change(&story)
        return story.broken
    }

    /// Two answers to one key.
    private func answers(
        _ one: (Int?, String), _ other: (Int?, String), after: Int = 60,
        booking: UInt64 = 7
    ) -> Set<String> {
        broken {
            let first = $0.call(
                .act(.cancel), booking: aBooking(7).id, at: 0, key: "k", status: one.0, text: one.1)
            let second = $0.call(
                .act(.cancel), booking: aBooking(booking).id, at: after, key: "k", status: other.0, isReplay: true,
                text: other.1)
            $0.history.calls += [first, second]
        }
    }

    func test_a_key_has_one_answer() {
        XCTAssertEqual(answers((404, "a"), (404, "a")), [])
        XCTAssertEqual(answers((404, "a"), (404, "b")), ["idempotent"])
        XCTAssertEqual(answers((404, "a"), (412, "a")), ["idempotent"])
        XCTAssertEqual(answers((409, "illegal-transition"), (409, "slot-free")), ["idempotent"])
    }

    func test_what_is_not_decided_is_no_answer_to_a_key() {
        XCTAssertEqual(answers((nil, ""), (404, "a")), [])
        XCTAssertEqual(answers((503, "a"), (404, "a")), [])
        XCTAssertEqual(answers((409, "request-in-progress"), (404, "a")), [])
        XCTAssertEqual(answers((404, "a"), (422, "idempotency-mismatch")), [])
    }

    func test_a_key_is_another_one_on_another_booking_and_after_a_day() {
        XCTAssertEqual(answers((404, "a"), (404, "b"), booking: 8), [])
        XCTAssertEqual(answers((404, "a"), (404, "b"), after: 86_400), [])
        XCTAssertEqual(answers((404, "a"), (404, "b"), after: 86_399), ["idempotent"])
    }

    func test_a_key_that_makes_two_bookings_is_named() {
        func story(key: String) -> Set<String> {
            var story = HistoryBuilder()
            story.book(1, start: 20_000, key: "k")
            story.book(2, start: 30_000, key: key)
            return story.broken
        }
        XCTAssertEqual(story(key: "another"), [])
        XCTAssertEqual(story(key: "k"), ["idempotent"])
    }
}
