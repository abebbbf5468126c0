import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class DoubleBookingCheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        HistoryBuilder.withOneBooking.violations(after: change)
    }

    /// Returns the violations after a second booking is created at 3050.
    private func second(
        start: Int, provider: Int = 0, _ before: (inout HistoryBuilder) -> Void = { _ in }
    ) -> Set<String> {
        violations {
            before(&$0)
            $0.book(2, provider: provider, start: start, at: 3050)
            $0.remind(2, at: max(start - 600, 3050))
        }
    }

    func test_two_overlapping_bookings_of_one_provider_are_reported() {
        XCTAssertEqual(second(start: 4200), [])
        XCTAssertEqual(second(start: 3900, provider: 1), [])
        XCTAssertEqual(second(start: 3900), ["no-double-booking"])
    }

    func test_a_slot_may_be_booked_again_after_a_cancel_or_a_reschedule() {
        XCTAssertEqual(second(start: 3900) { $0.act(.cancel, at: 3040) }, [])
        XCTAssertEqual(
            second(start: 3900) {
                $0.act(.reschedule, start: 7200, at: 3040)
                $0.history.endedAt = at(6000)
            }, [])
    }

    func test_a_double_booking_is_reported_although_one_booking_was_cancelled_later() {
        XCTAssertEqual(
            violations {
                $0.book(2, start: 3900, at: 3050)
                $0.act(.cancel, 2, at: 3050)
            }, ["no-double-booking"])
    }

    func test_a_booking_created_during_the_cancellation_of_another_is_no_double_booking() {
        XCTAssertEqual(
            violations {
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

    /// Returns the violations after a request that overlaps booking 1 is refused at 3060.
    private func refusal(_ before: (inout HistoryBuilder) -> Void) -> Set<String> {
        violations {
            before(&$0)
            $0.history.calls.append(
                $0.call(.create, requestedSlot: slot(3900, 4500), at: 3060, status: 409, body: "slot-taken"))
        }
    }

    func test_a_refusal_is_correct_only_while_another_booking_occupies_the_slot() {
        XCTAssertEqual(refusal { _ in }, [])
        XCTAssertEqual(refusal { $0.act(.cancel, at: 3040) }, ["no-double-booking"])
        XCTAssertEqual(
            refusal {
                $0.act(.reschedule, start: 7200, at: 3040)
                $0.history.endedAt = at(6000)
            }, ["no-double-booking"])
    }

    func test_a_write_with_an_unknown_outcome_explains_a_refusal_if_it_was_executed() {
        func unknown(isExecuted: Bool) -> Set<String> {
            refusal {
                $0.act(.cancel, at: 3040)
                guard isExecuted else {
                    $0.history.calls.append($0.call(.create, requestedSlot: slot(3900, 4500), at: 3050, status: 503))
                    return
                }
                $0.book(2, start: 3900, at: 3050)
                let made = $0.history.calls.removeLast()
                $0.history.calls.append(
                    $0.call(.create, requestedSlot: made.requestedSlot, at: 3050, request: made.request, status: 503))
                $0.remind(2, at: 3300)
            }
        }
        XCTAssertEqual(unknown(isExecuted: true), [])
        XCTAssertEqual(unknown(isExecuted: false), ["no-double-booking"])
    }

    func test_a_reschedule_refused_because_of_the_bookings_own_slot_is_reported() {
        XCTAssertEqual(
            violations {
                $0.history.calls.append(
                    $0.call(
                        .act(.reschedule), booking: $0.row().id, requestedSlot: slot(3900, 4500), at: 3060, status: 409,
                        body: "slot-taken"))
            }, ["no-double-booking"])
    }

    func test_a_replayed_refusal_of_a_free_slot_is_correct() {
        XCTAssertEqual(
            violations {
                func refused(_ builder: inout HistoryBuilder, at now: Int, isReplay: Bool) {
                    builder.history.calls.append(
                        builder.call(
                            .create, requestedSlot: slot(3900, 4500), at: now, key: "k", status: 409,
                            isReplay: isReplay, body: "slot-taken"))
                }
                refused(&$0, at: 3020, isReplay: false)
                $0.act(.cancel, at: 3040)
                refused(&$0, at: 3060, isReplay: true)
            }, [])
    }
}
