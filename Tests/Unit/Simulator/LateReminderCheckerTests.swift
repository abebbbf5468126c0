import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

final class LateReminderCheckerTests: XCTestCase {
    /// Returns the invariants that are violated after a change to a booking created at 0 that starts at 3600.
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> Set<String> {
        var builder = HistoryBuilder()
        builder.book()
        return builder.violations(after: change)
    }

    // MARK: - Owed reminders

    func test_a_reminder_more_than_a_second_late_or_missing_is_reported() {
        XCTAssertEqual(violations { $0.remind(at: 3001) }, [])
        XCTAssertEqual(violations { $0.remind(at: 3002) }, ["reminder-late"])
        XCTAssertEqual(violations { _ in }, ["reminder-late"])
    }

    func test_a_reminder_that_came_late_is_called_late_and_one_that_never_came_is_not() throws {
        func detail(_ change: (inout HistoryBuilder) -> Void) throws -> String {
            var builder = HistoryBuilder()
            builder.book()
            change(&builder)
            return try XCTUnwrap(Checkers.check(builder.history).first { $0.invariant == "reminder-late" }).detail
        }
        XCTAssertTrue(try detail { $0.remind(at: 3045) }.hasSuffix("it was recorded 45000 ms late"))
        XCTAssertTrue(try detail { _ in }.hasSuffix("it was never recorded"))
        func received(at now: Int?) throws -> String {
            try detail {
                $0.remind()
                let frame = $0.history.frames.remove(at: 3)
                if let now { $0.history.frames.append($0.frame($0.history.log[1], on: frame.socket, at: now)) }
            }
        }
        XCTAssertTrue(try received(at: 3045).hasSuffix("it reached admin 45000 ms late"))
        XCTAssertTrue(try received(at: nil).hasSuffix("it never reached admin"))
    }

    func test_a_reminder_is_owed_for_each_lead() {
        var builder = HistoryBuilder(leads: [.seconds(600), .seconds(60)])
        builder.book()
        builder.remind(lead: 600, at: 3000)
        XCTAssertEqual(builder.violations, ["reminder-late"])
    }

    func test_a_booking_created_within_the_lead_is_owed_its_reminder_at_once() {
        func created(remindedAt now: Int) -> Set<String> {
            var builder = HistoryBuilder()
            builder.book(at: 3300)
            builder.remind(at: now)
            return builder.violations
        }
        XCTAssertEqual(created(remindedAt: 3301), [])
        XCTAssertEqual(created(remindedAt: 3302), ["reminder-late"])
    }

    func test_a_pending_booking_is_owed_no_reminder_until_it_is_confirmed() {
        func pending(confirmedAt confirmed: Int?, remindedAt now: Int?) -> Set<String> {
            var builder = HistoryBuilder()
            builder.book(status: .pending)
            if let confirmed { builder.act(.confirm, at: confirmed) }
            if let now { builder.remind(at: now) }
            return builder.violations
        }
        XCTAssertEqual(pending(confirmedAt: nil, remindedAt: nil), [])
        XCTAssertEqual(pending(confirmedAt: 1000, remindedAt: 3000), [])
        XCTAssertEqual(pending(confirmedAt: 3200, remindedAt: 3200), [])
        XCTAssertEqual(pending(confirmedAt: 3200, remindedAt: nil), ["reminder-late"])
    }

    func test_a_booking_cancelled_by_the_due_instant_is_owed_no_reminder() {
        XCTAssertEqual(violations { $0.act(.cancel, at: 2000) }, [])
        XCTAssertEqual(violations { $0.act(.cancel, at: 3000) }, [])
        XCTAssertEqual(violations { $0.act(.cancel, at: 3100) }, ["reminder-late"])
    }

    func test_a_rescheduled_booking_is_owed_a_reminder_of_its_new_times() {
        XCTAssertEqual(
            violations {
                $0.act(.reschedule, start: 7200, at: 1000)
                $0.remind(at: 6600)
            }, [])
        XCTAssertEqual(violations { $0.act(.reschedule, start: 7200, at: 1000) }, ["reminder-late"])
    }

    func test_a_reminder_due_after_the_end_of_the_run_is_not_owed() {
        XCTAssertEqual(violations { $0.history.endedAt = at(3000) }, [])
    }

    func test_a_reminder_that_reaches_a_listener_late_is_reported() {
        XCTAssertEqual(
            violations {
                $0.remind()
                $0.history.frames[3] = $0.frame($0.history.log[1], on: $0.history.frames[3].socket, at: 3002)
            }, ["reminder-late"])
    }

    func test_a_listener_may_receive_a_reminder_late_after_a_reconnect() {
        XCTAssertEqual(
            violations {
                $0.remind()
                let socket = $0.history.frames[3].socket
                $0.history.frames[3] = $0.frame($0.history.log[1], on: socket, connection: 1, at: 3300)
            }, [])
    }

    // MARK: - Faults

    func test_a_fault_excuses_a_late_reminder_until_five_seconds_after_its_heal() {
        func reminded(at now: Int) -> Set<String> {
            violations {
                $0.fault(from: 2990, until: 3100)
                $0.remind(at: now)
            }
        }
        XCTAssertEqual(reminded(at: 3105), [])
        XCTAssertEqual(reminded(at: 3106), ["reminder-late"])
    }

    func test_faults_in_close_succession_excuse_as_one() {
        func reminded(at now: Int) -> Set<String> {
            violations {
                $0.fault(from: 3104, until: 3200)
                $0.fault(from: 2990, until: 3100)
                $0.remind(at: now)
            }
        }
        XCTAssertEqual(reminded(at: 3205), [])
        XCTAssertEqual(reminded(at: 3206), ["reminder-late"])
    }

    func test_a_fault_at_another_time_excuses_nothing() {
        XCTAssertEqual(
            violations {
                $0.fault(from: 1000, until: 2000)
                $0.fault(from: 3500, until: 3550)
                $0.remind(at: 3100)
            }, ["reminder-late"])
    }

    func test_a_fault_does_not_excuse_a_missing_reminder() {
        XCTAssertEqual(violations { $0.fault(from: 2990, until: 3100) }, ["reminder-late"])
    }

    func test_a_fault_that_lasts_beyond_the_start_excuses_a_missing_reminder() {
        XCTAssertEqual(violations { $0.fault(from: 2990, until: 3700) }, [])
    }

    func test_a_fault_does_not_excuse_an_early_or_a_stale_reminder() {
        XCTAssertEqual(
            violations {
                $0.fault(from: 0, until: 3400)
                $0.remind(at: 2999)
            }, ["reminder-early"])
        XCTAssertEqual(
            violations {
                $0.fault(from: 0, until: 4000)
                $0.act(.cancel, at: 2000)
                $0.remind(at: 3000)
            }, ["reminder-stale"])
    }

    // MARK: - Unknown outcomes

    func test_a_write_whose_answer_was_lost_is_judged_by_the_final_state() {
        func lostAnswer(cancelled: Bool, reminded: Bool) -> Set<String> {
            violations { builder in
                if cancelled { builder.act(.cancel, at: 2000) }
                if reminded { builder.remind() }
                let row = builder.row()
                if cancelled { builder.history.calls.removeLast() }
                let request = builder.history.finalStates[row.id]?.requests.last ?? ""
                builder.history.calls.append(
                    builder.call(
                        .act(.cancel), booking: row.id, at: 2000, request: cancelled ? request : "lost", status: nil))
            }
        }
        XCTAssertEqual(lostAnswer(cancelled: true, reminded: false), [])
        XCTAssertEqual(lostAnswer(cancelled: true, reminded: true), ["reminder-stale"])
        XCTAssertEqual(lostAnswer(cancelled: false, reminded: true), [])
        XCTAssertEqual(lostAnswer(cancelled: false, reminded: false), ["reminder-late"])
    }

    func test_a_booking_whose_acknowledgement_was_lost_is_owed_its_reminder() {
        XCTAssertEqual(
            violations {
                let made = $0.history.calls.removeLast()
                $0.history.calls.append(
                    $0.call(.create, requestedSlot: made.requestedSlot, request: made.request, status: nil))
            }, ["reminder-late"])
    }
}
