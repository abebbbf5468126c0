import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// Refusals that have a reason, and refusals that have none.
final class ServedCheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var builder = HistoryBuilder.withOneBooking
        change(&builder)
        // The answers are made up, so that the checkers of the whole order refuse some of them as well.
        return builder.everyViolation.subtracting(["linearizable", "idempotent"])
    }

    /// Returns the violations after a create by `customer-0` at 100 is answered with a status.
    private func created(
        _ status: Int?, body: String = "{}", start: Int = 9000, key: String? = nil, isReplay: Bool = false,
        fault: Bool = false
    ) -> Set<String> {
        violations {
            if fault { $0.fault(from: 90, until: 96) }
            let call = $0.call(
                .create, by: .customer(0), requestedSlot: slot(start, start + 600), at: 100, key: key, status: status,
                isReplay: isReplay, body: body)
            $0.history.calls.append(call)
        }
    }

    func test_a_create_that_is_refused_without_a_reason_is_reported() {
        for status in [400, 401, 403, 404, 409, 412, 429, 500, 503, nil] {
            XCTAssertEqual(created(status), ["served"], "\(status ?? 0)")
        }
    }

    func test_a_create_may_be_refused_with_a_reason() {
        XCTAssertEqual(created(409, body: #"{"type":"/problems/slot-taken"}"#, start: 3700), [])
        XCTAssertEqual(created(400, start: 50), [], "a start in the past")
        XCTAssertEqual(created(409, body: "request-in-progress", key: "k"), [])
        XCTAssertEqual(created(409, body: "request-in-progress"), ["served"], "without a key")
        XCTAssertEqual(created(404, key: "k", isReplay: true), [], "judged when it was answered first")
    }

    func test_a_fault_nearby_excuses_what_was_not_served() {
        XCTAssertEqual(created(503, fault: true), [])
        XCTAssertEqual(created(nil, fault: true), [])
    }

    func test_the_end_of_a_run_that_was_given_up_excuses_what_was_not_answered_then() {
        func unanswered(at now: Int) -> Set<String> {
            violations {
                $0.history.calls.append($0.call(.read, booking: $0.row().id, at: now, status: nil))
                $0.history.wasAborted = true
                $0.history.endedAt = at(6000)
            }
        }
        XCTAssertEqual(unanswered(at: 6000), [])
        XCTAssertEqual(unanswered(at: 5000), ["served"])
    }

    func test_a_key_with_two_bodies_is_refused_with_reason_and_one_with_one_body_is_not() {
        func mismatch(start: Int) -> Set<String> {
            violations {
                $0.book(2, start: 8000, at: 10, key: "k")
                $0.history.endedAt = at(7000)
                $0.history.calls.append(
                    $0.call(
                        .create, requestedSlot: slot(start, start + 600), at: 100, key: "k", status: 422))
            }
        }
        XCTAssertEqual(mismatch(start: 9000), [])
        XCTAssertEqual(mismatch(start: 8000), ["served"])
    }

    func test_an_action_that_the_status_allows_is_not_refused() {
        func acted(_ action: ActionName, _ status: Int, at now: Int, by caller: Caller = .admin) -> Set<String> {
            violations {
                $0.history.calls.append(
                    $0.call(.act(action), by: caller, booking: $0.row().id, at: now, status: status))
            }
        }
        for action in [ActionName.cancel, .reschedule, .confirm] {
            XCTAssertEqual(acted(action, 409, at: 3500), ["served"], action.rawValue)
        }
        XCTAssertEqual(acted(.complete, 409, at: 3500), [], "it has not begun")
        XCTAssertEqual(acted(.complete, 409, at: 3700), ["served"])
        XCTAssertEqual(acted(.cancel, 409, at: 4300), [], "it is over")
        XCTAssertEqual(acted(.decline, 409, at: 3500), [], "it is confirmed")
        XCTAssertEqual(acted(.cancel, 412, at: 3500), ["served"], "without If-Match")
        XCTAssertEqual(acted(.cancel, 404, at: 3500), ["served"])
        XCTAssertEqual(acted(.cancel, 404, at: 3500, by: .customer(1)), [], "another's")
        XCTAssertEqual(acted(.confirm, 403, at: 3500, by: .customer(0)), [])
        XCTAssertEqual(acted(.cancel, 403, at: 3500, by: .customer(0)), ["served"])
    }

    func test_reads_and_lists_are_answered() {
        XCTAssertEqual(violations { $0.read(status: 500) }, ["served"])
        XCTAssertEqual(violations { $0.read(by: .customer(0), status: 403) }, ["served"])
        XCTAssertEqual(violations { $0.read(by: .customer(1), status: 404) }, [])
        XCTAssertEqual(
            violations { $0.history.calls.append($0.call(.list("/bookings"), at: 5000, status: 503)) }, ["served"])
        XCTAssertEqual(violations { $0.history.unservedReads = ["/bookings was answered with 500"] }, ["served"])
    }

    func test_a_run_that_made_too_few_bookings_is_reported_unless_it_was_given_up() {
        XCTAssertEqual(violations { $0.history.leastBookings = 1 }, [])
        XCTAssertEqual(violations { $0.history.leastBookings = 2 }, ["served"])
        XCTAssertEqual(
            violations {
                $0.history.leastBookings = 2
                $0.history.wasAborted = true
            }, [])
    }

    // MARK: - The plan

    func test_bookings_whose_slot_is_theirs_alone_must_be_made() {
        func least(_ creates: [(label: String, start: Int64)], fault: Bool = false) -> Int {
            var plan = Plan(scenario: .reminders, seed: 1, settings: Settings(begin: 0, until: 1_000_000), steps: [])
            plan.steps = creates.enumerated().map { index, create in
                let verb = Verb.create(
                    booking: create.label, provider: 0, start: create.start, minutes: 1, key: nil)
                return Step(
                    at: 1000, operations: [Operation(name: "o\(index)", caller: .customer(0), verb: verb)])
            }
            if fault {
                let crash = Fault.crash(nil).beginning(on: .replica(0))
                plan.steps.insert(
                    Step(at: 500, operations: [Operation(name: "f", caller: .world, verb: .fault(crash))]), at: 0)
            }
            return plan.leastBookings
        }
        XCTAssertEqual(least([("a", 60_000), ("b", 120_000)]), 2, "they touch")
        XCTAssertEqual(least([("a", 60_000), ("b", 119_999)]), 0, "they overlap")
        XCTAssertEqual(least([("a", 60_000), ("a", 60_000)]), 1, "a repetition")
        XCTAssertEqual(least([("a", 60_000)], fault: true), 0)
        XCTAssertEqual(least([("a", 500)]), 0, "in the past")
    }

    func test_most_scenarios_have_bookings_that_must_be_made() {
        XCTAssertGreaterThan(Scenario.reminders.plan(seed: 1).leastBookings, 10)
        XCTAssertEqual(Scenario.rushHour.plan(seed: 1).leastBookings, 2000)
        XCTAssertGreaterThan(Scenario.pagination.plan(seed: 1).leastBookings, 30)
    }

    // MARK: - rush-hour

    func test_all_reminders_of_a_rush_hour_are_due_at_one_instant() {
        let plan = Scenario.rushHour.plan(seed: 1, PlanOptions(bookings: 3000))
        let starts = plan.operations.compactMap { operation -> Int64? in
            if case .create(_, _, let start, _, _) = operation.verb { start } else { nil }
        }
        XCTAssertEqual(starts.count, 3000)
        XCTAssertEqual(Set(starts).count, 1)
        XCTAssertEqual(Participants(plan: plan).listeners.count, 13)
    }
}
