import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// Checkers on histories built by hand: no violation in a correct one, and the right one in each incorrect one.
final class CheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void = { _ in }) -> Set<String> {
        HistoryBuilder.withOneBooking.violations(after: change)
    }

    func test_a_correct_history_violates_no_invariant() {
        XCTAssertEqual(violations(), [])
    }

    func test_every_invariant_has_a_checker_with_a_summary() {
        XCTAssertEqual(
            Checkers.all.map(\.name),
            [
                "reminder-early", "reminder-late", "reminder-once", "reminder-stale", "reminder-ledger", "event-causal",
                "event-gapless", "webhook-gapless", "webhook-ordered", "webhook-once", "webhook-sealed",
                "webhook-signed",
                "page-walk", "page-complete", "partition", "etag", "contract", "linearizable", "idempotent",
                "no-double-booking", "durable", "cache-fresh",
                "tenant-sealed",
                "auth", "keys", "rate-limit", "health-true", "metrics-true", "served", "expected", "converge", "drain",
            ])
        XCTAssertTrue(Checkers.all.allSatisfy { $0.summary.hasSuffix(".") })
    }

    func test_a_violation_names_its_booking_and_instant() throws {
        var builder = HistoryBuilder()
        builder.book()
        let violation = try XCTUnwrap(Checkers.check(builder.history).first)
        XCTAssertEqual(violation.booking, builder.row().id)
        XCTAssertEqual(violation.at, at(3000))
        XCTAssertTrue(violation.description.hasPrefix("reminder-late: "))
    }

    // MARK: - page-walk, partition

    func test_a_walk_that_skips_repeats_or_misorders_rows_or_does_not_end_is_reported() {
        let rows = (1...4).map { SortKey(instant: at(Int($0)), id: aBooking(UInt64($0)).id) }
        func walk(_ shown: [SortKey], descending: Bool = false, ended: Bool = true) -> Set<String> {
            violations {
                $0.history.walks = [
                    .init(
                        list: "x", shown: shown, descending: descending, presentThroughout: Set(rows.map(\.id)),
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

    func test_a_booking_in_both_lists_in_neither_or_in_the_wrong_one_is_reported() {
        let id = aBooking().id
        func partition(_ upcoming: Set<BookingID>, _ past: Set<BookingID>) -> Set<String> {
            violations {
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

    // MARK: - tenant-sealed, auth

    func test_a_canary_of_another_tenant_in_an_answer_is_reported() {
        let own = "\(Canary.serviceID(provider: 0, customer: 3))"
        let foreign = "\(Canary.serviceID(provider: 1, customer: 3))"
        func answer(_ json: String, to caller: Caller) -> Set<String> {
            violations {
                $0.history.calls.append($0.call(.list("/bookings?page=2"), by: caller, rows: [], body: json))
            }
        }
        XCTAssertEqual(answer(foreign, to: .admin), [])
        XCTAssertEqual(answer(own, to: .provider(0)), [])
        XCTAssertEqual(answer(own, to: .customer(3)), [])
        XCTAssertEqual(answer(own + foreign, to: .provider(0)), ["tenant-sealed"])
        XCTAssertEqual(answer(own, to: .customer(0)), ["tenant-sealed"])
    }

    func test_a_canary_of_another_tenant_in_an_error_or_a_frame_is_reported() {
        let foreign = "\(Canary.serviceID(provider: 1, customer: nil))"
        XCTAssertEqual(
            violations { $0.history.calls.append($0.call(.create, by: .provider(0), status: 409, body: foreign)) },
            ["tenant-sealed"])
        XCTAssertEqual(
            violations {
                let last = $0.history.log.count - 1
                let index = $0.history.frames.lastIndex { $0.socket == "provider-0" } ?? 0
                $0.history.frames[index] = $0.frame($0.history.log[last], on: "provider-0", at: 3000, payload: foreign)
            }, ["tenant-sealed"])
    }

    func test_a_booking_or_an_event_of_another_tenant_is_reported() {
        XCTAssertEqual(violations { $0.read(by: .provider(0)) }, [])
        XCTAssertEqual(violations { $0.read(by: .customer(0)) }, [])
        XCTAssertEqual(violations { $0.read(by: .provider(1)) }, ["tenant-sealed"])
        XCTAssertEqual(violations { $0.read(by: .customer(1)) }, ["tenant-sealed"])
        XCTAssertEqual(
            violations {
                $0.history.listeners["customer-1"] = .init(caller: .customer(1), startPosition: 0, startedAt: at(0))
                $0.history.frames.append($0.frame($0.history.log[0], on: "customer-1", at: 0))
            }, ["tenant-sealed", "event-gapless"])
    }

    func test_a_flawed_token_that_is_accepted_is_reported() {
        func answer(_ status: Int) -> Set<String> {
            violations { $0.history.calls.append($0.call(.flawedToken(.algNone), status: status)) }
        }
        XCTAssertEqual(answer(401), [])
        XCTAssertEqual(answer(200), ["auth"])
        XCTAssertEqual(violations { $0.history.flawedTokenSockets = [.expired] }, ["auth"])
    }

    // MARK: - converge, drain

    func test_a_run_that_does_not_converge_is_reported() {
        XCTAssertEqual(violations { $0.history.convergenceFailures = ["replica 1: 503"] }, ["converge"])
    }

    func test_a_request_left_unanswered_by_a_shutdown_is_reported() {
        XCTAssertEqual(violations { $0.history.unansweredAtShutdown = ["r9"] }, ["drain"])
    }

    /// The history is about as large as that of the largest run. A checker with quadratic time would not finish.
    func test_checking_a_large_history_takes_about_linear_time() {
        var builder = HistoryBuilder()
        for number in 0..<UInt64(3000) {
            builder.book(number, customer: Int(number % 2), start: 3600 + Int(number) * 600, at: Int(number) / 10)
            builder.list("/bookings/past", showing: [], at: Int(number) / 10)
        }
        for number in 0..<UInt64(3000) {
            builder.remind(number, at: 3000 + Int(number) * 600)
        }
        builder.history.endedAt = at(3000 * 600)
        XCTAssertEqual(builder.violations, [])
    }
}
