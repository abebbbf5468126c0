import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class DurabilityCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, from 3600 to 4200 with `provider-0`, breaks.
    private func broken(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var story = HistoryBuilder.ofOneBooking
        change(&story)
        return story.broken
    }

    func test_an_acknowledged_write_that_the_database_lacks_is_named() {
        XCTAssertEqual(broken { $0.act(.cancel, at: 3100) }, [])
        XCTAssertEqual(
            broken {
                let before = $0.history.finals
                $0.act(.cancel, at: 3100)
                $0.history.finals = before
            }, ["durable"])
    }

    func test_an_acknowledged_write_that_the_history_does_not_name_is_named() {
        XCTAssertEqual(
            broken { $0.history.finals[$0.row().id] = .init(row: $0.row(), requests: ["another"]) }, ["durable"])
    }

    func test_a_repeat_of_an_action_needs_no_entry_of_its_own() {
        XCTAssertEqual(
            broken {
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.act(.cancel), row: $0.row(), at: 3200))
            }, [])
    }

    func test_two_acknowledgements_of_one_version_that_differ_are_named() {
        XCTAssertEqual(
            broken {
                $0.act(.reschedule, start: 9800, at: 3100)
                let row = $0.row()
                let lost = History.Row(
                    id: row.id, provider: row.provider, customer: row.customer, start: at(9900), end: at(9999),
                    status: row.status, version: row.version)
                $0.history.calls.append($0.call(.act(.reschedule), row: lost, at: 3100))
                $0.history.endedAt = at(9000)
            }, ["durable"])
    }

    func test_a_refused_write_that_was_done_is_named() {
        func refused(_ requests: [String]) -> Set<String> {
            broken {
                let row = $0.row()
                $0.history.calls.append(
                    $0.call(.act(.complete), booking: row.id, at: 3100, request: "refused", status: 409))
                $0.history.finals[row.id] = .init(row: row, requests: requests)
            }
        }
        XCTAssertEqual(refused(["r1"]), [])
        XCTAssertEqual(refused(["r1", "refused"]), ["durable"])
    }

    func test_contenders_that_are_alike_share_a_request() {
        XCTAssertEqual(
            broken {
                let made = $0.history.calls[0]
                $0.history.calls.append(
                    $0.call(
                        .create, wished: made.wished, sent: made.sent, answered: made.answered, request: made.request,
                        status: 409, text: "slot-taken"))
            }, [])
    }
}
