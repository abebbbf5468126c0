import Bookings
import TestSupport
import XCTest

@testable import Simulator

final class DurabilityCheckerTests: XCTestCase {
    /// The invariants that a story of one booking, from 3600 to 4200 with `provider-0`, breaks.
    private func broken(_ change: (inout Story) -> Void) -> Set<String> {
        var story = Story.ofOneBooking
        change(&story)
        return story.broken
    }

    func testAnAcknowledgedWriteThatTheDatabaseLacksIsNamed() {
        XCTAssertEqual(broken { $0.act(.cancel, at: 3100) }, [])
        XCTAssertEqual(
            broken {
                let before = $0.history.finals
                $0.act(.cancel, at: 3100)
                $0.history.finals = before
            }, ["durable"])
    }

    func testAnAcknowledgedWriteThatTheHistoryDoesNotNameIsNamed() {
        XCTAssertEqual(
            broken { $0.history.finals[$0.row().id] = .init(row: $0.row(), requests: ["another"]) }, ["durable"])
    }

    func testARepeatOfAnActionNeedsNoEntryOfItsOwn() {
        XCTAssertEqual(
            broken {
                $0.act(.cancel, at: 3100)
                $0.history.calls.append($0.call(.act(.cancel), row: $0.row(), at: 3200))
            }, [])
    }

    func testTwoAcknowledgementsOfOneVersionThatDifferAreNamed() {
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

    func testARefusedWriteThatWasDoneIsNamed() {
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

    func testContendersThatAreAlikeShareARequest() {
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
