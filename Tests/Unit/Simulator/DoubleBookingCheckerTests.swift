import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class DoubleBookingCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, from 3600 to 4200 with `provider-0`, breaks.
    private func broken(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var story = HistoryBuilder.ofOneBooking
        change(&story)
        return story.broken
    }

    private func second(start: Int, provider: Int = 0, _ before: (inout HistoryBuilder) -> Void = { _ in }) -> Set<
        String
    > {
        broken {
            before(&$0)
            $0.book(2, provider: provider, start: start, at: 3050)
            $0.remind(2, at: max(start - 600, 3050))
        }
    }

    func test_two_bookings_of_one_provider_never_overlap() {
        XCTAssertEqual(second(start: 4200), [])
        XCTAssertEqual(second(start: 3900, provider: 1), [])
        XCTAssertEqual(second(start: 3900), ["no-double-booking"])
    }

    func test_a_slot_is_free_again_after_a_cancel_or_a_move() {
        XCTAssertEqual(second(start: 3900) { $0.act(.cancel, at: 3040) }, [])
        XCTAssertEqual(
            second(start: 3900) {
                $0.act(.reschedule, start: 7200, at: 3040)
                $0.history.endedAt = at(6000)
            }, [])
    }

    func test_two_that_held_a_slot_for_a_moment_are_named_though_one_is_gone() {
        XCTAssertEqual(
            broken {
                $0.book(2, start: 3900, at: 3050)
                $0.act(.cancel, 2, at: 3050)
            }, ["no-double-booking"])
    }

    func test_a_booking_made_while_the_other_is_being_cancelled_is_no_double_booking() {
        XCTAssertEqual(
            broken {
                let sent = $0.tick()
                $0.book(2, start: 3900, at: 3050)
                $0.remind(2, at: 3300)
                $0.act(.cancel, 1, at: 3050)
                let cancel = $0.history.calls.removeLast()
                $0.history.calls.append(
                    $0.call(
                        cancel.kind, row: cancel.row, at: 3050, sent: sent, answered: cancel.answered,
                        request: cancel.request))
            }, [])
    }

    /// A request for the slot of booking 1 that is refused after what is told.
    private func refusal(_ before: (inout HistoryBuilder) -> Void) -> Set<String> {
        broken {
            before(&$0)
            $0.history.calls.append(
                $0.call(.create, wished: slot(3900, 4500), at: 3060, status: 409, text: "slot-taken"))
        }
    }

    func test_a_refusal_is_true_while_another_holds_the_slot() {
        XCTAssertEqual(refusal { _ in }, [])
        XCTAssertEqual(refusal { $0.act(.cancel, at: 3040) }, ["no-double-booking"])
        XCTAssertEqual(
            refusal {
                $0.act(.reschedule, start: 7200, at: 3040)
                $0.history.endedAt = at(6000)
            }, ["no-double-booking"])
    }

    func test_a_refusal_is_true_while_something_unknown_may_hold_the_slot() {
        func unknown(isDone: Bool) -> Set<String> {
            refusal {
                $0.act(.cancel, at: 3040)
                guard isDone else {
                    $0.history.calls.append($0.call(.create, wished: slot(3900, 4500), at: 3050, status: 503))
                    return
                }
                $0.book(2, start: 3900, at: 3050)
                let made = $0.history.calls.removeLast()
                $0.history.calls.append(
                    $0.call(.create, wished: made.wished, at: 3050, request: made.request, status: 503))
                $0.remind(2, at: 3300)
            }
        }
        XCTAssertEqual(unknown(isDone: true), [])
        XCTAssertEqual(unknown(isDone: false), ["no-double-booking"])
    }

    func test_a_booking_is_not_in_its_own_way() {
        XCTAssertEqual(
            broken {
                $0.history.calls.append(
                    $0.call(
                        .act(.reschedule), booking: $0.row().id, wished: slot(3900, 4500), at: 3060, status: 409,
                        text: "slot-taken"))
            }, ["no-double-booking"])
    }

    func test_a_refusal_that_is_replayed_was_true_once() {
        XCTAssertEqual(
            broken {
                $0.act(.cancel, at: 3040)
                $0.history.calls.append(
                    $0.call(
                        .create, wished: slot(3900, 4500), at: 3060, key: "k", status: 409, isReplay: true,
                        text: "slot-taken"))
            }, [])
    }
}
