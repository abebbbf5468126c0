import Bookings
import TestSupport
import XCTest

@testable import Simulator

/// Each invariant on histories made by hand: silent on a good one, speaking on each bad one.
final class CheckerTests: XCTestCase {
    /// The invariants that the story breaks when this is done to it.
    private func broken(_ story: Story = .ofOneBooking, _ change: (inout Story) -> Void = { _ in }) -> Set<String> {
        var story = story
        change(&story)
        return story.broken
    }

    func testAGoodHistoryBreaksNothing() {
        XCTAssertEqual(broken(), [])
    }

    func testThereIsACheckerForEachInvariantAndItSaysWhatItIs() {
        XCTAssertEqual(
            Checkers.all.map(\.name),
            [
                "reminder-early", "reminder-late", "reminder-once", "reminder-stale", "event-causal", "event-gapless",
                "page-walk", "partition", "idempotent", "no-double-booking", "durable", "cache-fresh", "tenant-sealed",
                "auth", "converge", "drain",
            ])
        XCTAssertTrue(Checkers.all.allSatisfy { $0.says.hasSuffix(".") })
    }

    func testAViolationSaysWhereItIs() throws {
        var story = Story()
        story.book()
        let violation = try XCTUnwrap(Checkers.judge(story.history).first)
        XCTAssertEqual(violation.booking, story.row().id)
        XCTAssertEqual(violation.at, at(3000))
        XCTAssertTrue(violation.description.hasPrefix("reminder-late: "))
    }

    // MARK: - Pages

    func testAWalkThatSkipsRepeatsDisordersOrDoesNotEndIsNamed() {
        let rows = (1...4).map { SortKey(instant: at(Int($0)), id: aBooking(UInt64($0)).id) }
        func walk(_ shown: [SortKey], descending: Bool = false, ended: Bool = true) -> Set<String> {
            broken {
                $0.history.walks = [
                    .init(
                        list: "x", shown: shown, descending: descending, standing: Set(rows.map(\.id)),
                        hasEnded: ended)
                ]
            }
        }
        XCTAssertEqual(walk(rows), [])
        XCTAssertEqual(walk(rows.reversed(), descending: true), [])
        XCTAssertEqual(walk(rows + [SortKey(instant: at(9), id: aBooking(9).id)]), [])
        XCTAssertEqual(walk(Array(rows.dropFirst())), ["page-walk"])
        XCTAssertEqual(walk(rows + [rows[3]]), ["page-walk"])
        XCTAssertEqual(walk([rows[1], rows[0], rows[2], rows[3]]), ["page-walk"])
        XCTAssertEqual(walk(rows, ended: false), ["page-walk"])
    }

    func testABookingInBothListsInNoneOrInTheWrongOneIsNamed() {
        let id = aBooking().id
        func partition(_ upcoming: Set<BookingID>, _ past: Set<BookingID>) -> Set<String> {
            broken {
                $0.history.partitions = [
                    .init(instant: at(0), upcoming: upcoming, past: past, expectedUpcoming: [id], expectedPast: [])
                ]
            }
        }
        XCTAssertEqual(partition([id], []), [])
        XCTAssertEqual(partition([id], [id]), ["partition"])
        XCTAssertEqual(partition([], []), ["partition"])
        XCTAssertEqual(partition([], [id]), ["partition"])
        XCTAssertEqual(partition([id, aBooking(2).id], []), ["partition"])
    }

    // MARK: - Tenants and tokens

    func testATenantIsShownItsOwnAndNothingElse() {
        let own = "\(Canary.serviceID(provider: 0, customer: 3))"
        let foreign = "\(Canary.serviceID(provider: 1, customer: 3))"
        func answer(_ text: String, to caller: Caller) -> Set<String> {
            broken {
                $0.history.calls.append($0.call(.list("/bookings?page=2"), by: caller, rows: [], text: text))
            }
        }
        XCTAssertEqual(answer(foreign, to: .admin), [])
        XCTAssertEqual(answer(own, to: .provider(0)), [])
        XCTAssertEqual(answer(own, to: .customer(3)), [])
        XCTAssertEqual(answer(own + foreign, to: .provider(0)), ["tenant-sealed"])
        XCTAssertEqual(answer(own, to: .customer(0)), ["tenant-sealed"])
    }

    func testAnErrorOrAFrameWithAForeignCanaryBreaksTheSeal() {
        let foreign = "\(Canary.serviceID(provider: 1, customer: nil))"
        XCTAssertEqual(
            broken { $0.history.calls.append($0.call(.create, by: .provider(0), status: 409, text: foreign)) },
            ["tenant-sealed"])
        XCTAssertEqual(
            broken {
                let last = $0.history.log.count - 1
                let place = $0.history.frames.lastIndex { $0.socket == "provider-0" } ?? 0
                $0.history.frames[place] = $0.frame($0.history.log[last], on: "provider-0", at: 3000, text: foreign)
            }, ["tenant-sealed"])
    }

    func testARowOrAnEventOfAnothersBreaksTheSeal() {
        XCTAssertEqual(broken { $0.read(by: .provider(0)) }, [])
        XCTAssertEqual(broken { $0.read(by: .customer(0)) }, [])
        XCTAssertEqual(broken { $0.read(by: .provider(1)) }, ["tenant-sealed"])
        XCTAssertEqual(broken { $0.read(by: .customer(1)) }, ["tenant-sealed"])
        XCTAssertEqual(
            broken {
                $0.history.listeners["customer-1"] = .init(caller: .customer(1), from: 0, since: at(0))
                $0.history.frames.append($0.frame($0.history.log[0], on: "customer-1", at: 0))
            }, ["tenant-sealed", "event-gapless"])
    }

    func testAFlawedTokenThatOpensAnythingIsNamed() {
        func answer(_ status: Int) -> Set<String> {
            broken { $0.history.calls.append($0.call(.flawedToken(.algNone), status: status)) }
        }
        XCTAssertEqual(answer(401), [])
        XCTAssertEqual(answer(200), ["auth"])
        XCTAssertEqual(broken { $0.history.falseSockets = [.expired] }, ["auth"])
    }

    // MARK: - The run

    func testARunThatDoesNotComeToRestIsNamed() {
        XCTAssertEqual(broken { $0.history.restless = ["replica 1: 503"] }, ["converge"])
    }

    func testARequestThatAnOrderlyEndLeftUnansweredIsNamed() {
        XCTAssertEqual(broken { $0.history.drained = ["r9"] }, ["drain"])
    }

    /// About as large as the largest run: what grows with the square of it does not end here.
    func testALargeHistoryIsJudgedInItsOwnTime() {
        var story = Story()
        for number in 0..<UInt64(3000) {
            story.book(number, customer: Int(number % 2), start: 3600 + Int(number) * 600, at: Int(number) / 10)
            story.list("/bookings/past", showing: [], at: Int(number) / 10)
        }
        for number in 0..<UInt64(3000) {
            story.remind(number, at: 3000 + Int(number) * 600)
        }
        story.history.endedAt = at(3000 * 600)
        XCTAssertEqual(story.broken, [])
    }
}
