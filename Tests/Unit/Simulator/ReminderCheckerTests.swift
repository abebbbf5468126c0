import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class ReminderCheckerTests: XCTestCase {
    /// Returns the invariants that are violated after a change to a booking created at 0 that starts at 3600.
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var builder = HistoryBuilder()
        builder.book()
        return builder.violations(after: change)
    }

    // MARK: - reminder-early

    func test_a_reminder_recorded_before_it_is_due_is_reported() {
        XCTAssertEqual(violations { $0.remind(at: 3000) }, [])
        XCTAssertEqual(violations { $0.remind(at: 2999) }, ["reminder-early"])
    }

    func test_a_reminder_received_before_it_is_due_is_reported_whatever_its_timestamp() {
        XCTAssertEqual(
            violations {
                $0.remind()
                $0.history.frames[3] = $0.frame($0.history.log[1], on: $0.history.frames[3].socket, at: 2990)
            }, ["reminder-early"])
    }

    func test_each_reminder_is_compared_with_its_own_lead() {
        var builder = HistoryBuilder(leads: [.seconds(600), .seconds(60)])
        builder.book()
        builder.remind(lead: 600, at: 3000)
        builder.remind(lead: 60, at: 3540)
        XCTAssertEqual(builder.violations, [])
        var early = HistoryBuilder(leads: [.seconds(600), .seconds(60)])
        early.book()
        early.remind(lead: 600, at: 3000)
        early.remind(lead: 60, at: 3000)
        XCTAssertEqual(early.violations, ["reminder-early"])
    }

    // MARK: - reminder-once

    func test_two_reminders_of_the_same_times_are_reported_whatever_their_ids() {
        XCTAssertEqual(
            violations {
                $0.remind()
                $0.remind(event: "another")
            }, ["reminder-once"])
    }

    func test_a_booking_that_moves_away_and_back_may_have_two_reminders() {
        XCTAssertEqual(
            violations {
                $0.remind()
                $0.act(.reschedule, start: 7200, at: 3100)
                $0.act(.reschedule, start: 3600, at: 3200)
                $0.remind(at: 3200)
            }, [])
    }

    func test_a_repeated_delivery_is_excused_only_around_a_fault_and_on_another_connection() {
        func copy(connection: Int, aroundFault: Bool) -> Set<String> {
            violations {
                $0.remind()
                if aroundFault { $0.fault(from: 3050, until: 3095) }
                $0.history.frames.append($0.frame($0.history.log[1], connection: connection, at: 3100))
            }
        }
        XCTAssertEqual(copy(connection: 1, aroundFault: true), [])
        XCTAssertEqual(copy(connection: 1, aroundFault: false), ["reminder-once", "event-gapless"])
        XCTAssertEqual(copy(connection: 0, aroundFault: true), ["reminder-once", "event-gapless"])
    }

    func test_a_second_reminder_with_an_id_that_is_not_in_the_log_is_reported() {
        XCTAssertEqual(
            violations {
                $0.remind()
                let entry = $0.history.log[1]
                let unlogged = History.LogEntry(
                    event: "unlogged", name: entry.name, booking: entry.booking, provider: entry.provider,
                    customer: entry.customer, start: entry.start, version: nil, lead: entry.lead,
                    occurredAt: entry.occurredAt)
                $0.history.frames.append($0.frame(unlogged, at: 3000))
            }, ["reminder-once", "event-causal", "event-gapless"])
    }

    // MARK: - reminder-stale

    func test_a_reminder_after_the_end_of_its_booking_is_reported() {
        for action in [ActionName.cancel, .decline, .complete, .noShow] {
            XCTAssertEqual(
                violations {
                    $0.act(action, at: 2999)
                    $0.remind()
                }, ["reminder-stale"], "\(action)")
        }
    }

    func test_a_reminder_of_former_times_is_reported() {
        XCTAssertEqual(
            violations {
                let old = $0
                $0.act(.reschedule, start: 3700, at: 1000)
                $0.remind(at: 3100)
                var stale = old
                stale.remind(event: "stale")
                $0.history.log.append(stale.history.log[1])
                $0.history.frames += stale.history.frames.suffix(3)
            }, ["reminder-stale"])
    }
}
