import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// Each invariant on histories made by hand: silent on a good one, speaking on each bad one.
final class CheckerTests: XCTestCase {
    /// The invariants that the story breaks when this is done to it.
    private func broken(_ story: HistoryBuilder = .ofOneBooking, _ change: (inout HistoryBuilder) -> Void = { _ in })
        -> Set<String>
    {
        var story = story
        change(&story)
        return story.broken
    }

    func test_a_good_history_breaks_nothing() {
        XCTAssertEqual(broken(), [])
    }

    func test_there_is_a_checker_for_each_invariant_and_it_says_what_it_is() {
        XCTAssertEqual(
            Checkers.all.map(\.name),
            [
                "reminder-early", "reminder-late", "reminder-once", "reminder-stale", "event-causal", "event-gapless",
                "page-walk", "partition", "idempotent", "no-double-booking", "durable", "cache-fresh", "tenant-sealed",
                "auth", "converge", "drain",
            ])
        XCTAssertTrue(Checkers.all.allSatisfy { $0.says.hasSuffix(".") })
    }

    func test_a_violation_says_where_it_is() throws {
        var story = HistoryBuilder()
        story.book()
        let violation = try XCTUnwrap(Checkers.judge(story.history).first)
        XCTAssertEqual(violation.booking, story.row().id)
        XCTAssertEqual(violation.at, at(3000))
        XCTAssertTrue(violation.description.hasPrefix("reminder-late: "))
    }

    // MARK: - Pages

    func test_a_walk_that_skips_repeats_disorders_or_does_not_end_is_named() {
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

    func test_a_booking_in_both_lists_in_none_or_in_the_wrong_one_is_named() {
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

    func test_a_tenant_is_shown_its_own_and_nothing_else() {
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

    func test_an_error_or_a_frame_with_a_foreign_canary_breaks_the_seal() {
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

    func test_a_row_or_an_event_of_anothers_breaks_the_seal() {
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

    func test_a_flawed_token_that_opens_anything_is_named() {
        func answer(_ status: Int) -> Set<String> {
            broken { $0.history.calls.append($0.call(.flawedToken(.algNone), status: status)) }
        }
        XCTAssertEqual(answer(401), [])
        XCTAssertEqual(answer(200), ["auth"])
        XCTAssertEqual(broken { $0.history.falseSockets = [.expired] }, ["auth"])
    }

    // MARK: - The run

    func test_a_run_that_does_not_come_to_rest_is_named() {
        XCTAssertEqual(broken { $0.history.restless = ["replica 1: 503"] }, ["converge"])
    }

    func test_a_request_that_an_orderly_end_left_unanswered_is_named() {
        XCTAssertEqual(broken { $0.history.drained = ["r9"] }, ["drain"])
    }

    /// About as large as the largest run: what grows with the square of it does not end here.
    func test_a_large_history_is_judged_in_its_own_time() {
        var story = HistoryBuilder()
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
