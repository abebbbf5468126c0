import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class DurabilityCheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        HistoryBuilder.withOneBooking.violations(after: change)
    }

    func test_an_acknowledged_write_that_the_database_lacks_is_reported() {
        XCTAssertEqual(violations { $0.act(.cancel, at: 3100) }, [])
        XCTAssertEqual(
            violations {
                let before = $0.history.finalStates
                $0.act(.cancel, at: 3100)
                $0.history.finalStates = before
            }, ["durable"])
    }

    func test_an_acknowledged_write_that_the_bookings_history_lacks_is_reported() {
        XCTAssertEqual(
            violations { $0.history.finalStates[$0.row().id] = .init(row: $0.row(), requests: ["another"]) },
            ["durable"])
    }

    func test_a_repeated_action_needs_no_entry_in_the_bookings_history() {
        XCTAssertEqual(
            violations {
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.act(.cancel), row: $0.row(), at: 3200))
            }, [])
    }

    func test_different_acknowledgements_of_one_version_are_reported() {
        XCTAssertEqual(
            violations {
                $0.act(.reschedule, start: 9800, at: 3100)
                let row = $0.row()
                let lost = History.Row(
                    id: row.id, provider: row.provider, customer: row.customer, start: at(9900), end: at(9999),
                    status: row.status, version: row.version)
                $0.history.calls.append($0.call(.act(.reschedule), row: lost, at: 3100))
                $0.history.endedAt = at(9000)
            }, ["durable"])
    }

    func test_a_refused_write_that_was_executed_is_reported() {
        func refused(_ requests: [String]) -> Set<String> {
            violations {
                let row = $0.row()
                $0.history.calls.append(
                    $0.call(.act(.complete), booking: row.id, at: 3100, request: "refused", status: 409))
                $0.history.finalStates[row.id] = .init(row: row, requests: requests)
            }
        }
        XCTAssertEqual(refused(["r1"]), [])
        XCTAssertEqual(refused(["r1", "refused"]), ["durable"])
    }

    func test_contenders_that_share_a_request_id_are_refused_only_if_all_are() {
        XCTAssertEqual(
            violations {
                let made = $0.history.calls[0]
                $0.history.calls.append(
                    $0.call(
                        .create, requestedSlot: made.requestedSlot, sent: made.sent, answered: made.answered,
                        request: made.request,
                        status: 409, body: "slot-taken"))
            }, [])
    }
}
