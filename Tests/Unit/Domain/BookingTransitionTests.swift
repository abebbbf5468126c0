import TestSupport
import XCTest

@testable import Bookings

final class BookingTransitionTests: XCTestCase {
    private enum Outcome: Equatable {
        case becomes(BookingStatus)
        case repeated, refused
    }

    private let moved = slot(9000, 9600)

    private func outcome(of status: BookingStatus, _ action: BookingAction, at now: Timestamp) -> Outcome {
        var booking = aBooking()
        booking.status = status
        switch Result(catching: { try booking.applying(action, at: now) }) {
        case .success(.unchanged): return .repeated
        case .success(.changed(let next)):
            XCTAssertEqual(next.version, 2)
            XCTAssertEqual(next.updatedAt, now)
            XCTAssertEqual(next.timesVersion, action.name == .reschedule ? 2 : 1)
            return .becomes(next.status)
        case .failure: return .refused
        }
    }

    /// The status table of the API contract, at each time that makes a difference: before, at the start, at the end.
    func test_every_action_in_every_status_has_the_outcome_of_the_contract() {
        let before = at(0)
        let during = at(3600)
        let after = at(7200)
        for status in BookingStatus.allCases {
            for (now, hasStarted, hasEnded) in [(before, false, false), (during, true, false), (after, true, true)] {
                for action in [BookingAction.confirm, .decline, .cancel, .reschedule(to: moved), .complete, .noShow] {
                    let expected: Outcome
                    switch (status, action) {
                    case (.confirmed, .confirm), (.declined, .decline), (.cancelled, .cancel), (.completed, .complete),
                        (.noShow, .noShow):
                        expected = .repeated
                    case (.pending, .confirm): expected = hasEnded ? .refused : .becomes(.confirmed)
                    case (.pending, .decline): expected = hasEnded ? .refused : .becomes(.declined)
                    case (.pending, .cancel), (.confirmed, .cancel):
                        expected = hasEnded ? .refused : .becomes(.cancelled)
                    case (.pending, .reschedule), (.confirmed, .reschedule):
                        expected = hasEnded ? .refused : .becomes(status)
                    case (.confirmed, .complete): expected = hasStarted ? .becomes(.completed) : .refused
                    case (.confirmed, .noShow): expected = hasStarted ? .becomes(.noShow) : .refused
                    default: expected = .refused
                    }
                    XCTAssertEqual(outcome(of: status, action, at: now), expected, "\(status) \(action) \(now)")
                }
            }
        }
    }

    func test_rescheduling_to_the_current_slot_changes_nothing() {
        XCTAssertEqual(outcome(of: .confirmed, .reschedule(to: slot(3600, 7200)), at: at(0)), .repeated)
        XCTAssertEqual(outcome(of: .cancelled, .reschedule(to: slot(3600, 7200)), at: at(0)), .refused)
    }

    func test_a_booking_that_ends_as_another_begins_does_not_overlap_it() throws {
        XCTAssertFalse(slot(0, 10).overlaps(slot(10, 20)))
        XCTAssertTrue(slot(0, 11).overlaps(slot(10, 20)))
        XCTAssertThrowsError(try TimeSlot(start: at(5), end: at(5)))
        XCTAssertThrowsError(try TimeSlot(start: at(0), end: at(86_401)))
        XCTAssertNoThrow(try TimeSlot(start: at(0), end: at(86_400)))
    }

    func test_only_confirmed_bookings_that_have_not_started_have_reminders() {
        let plan = ReminderPlan(leads: [.seconds(0), .seconds(600), .seconds(600)])
        XCTAssertEqual(plan.reminders(for: aBooking(), armedAt: at(0)).map(\.dueAt), [at(3000), at(3600)])
        XCTAssertEqual(plan.reminders(for: aBooking(), armedAt: at(3601)), [])
        XCTAssertEqual(plan.reminders(for: aBooking(status: .pending), armedAt: at(0)), [])
    }

    func test_the_outcome_of_a_reminder_changes_at_the_tolerance_and_at_the_start() {
        let reminder = Reminder(
            bookingID: aBooking().id, timesVersion: 1, lead: .seconds(600), dueAt: at(3000), armedAt: at(0))
        XCTAssertEqual(reminder.outcome(at: at(3000), start: at(3600)), .onTime)
        XCTAssertEqual(reminder.outcome(at: at(3001), start: at(3600)), .onTime)
        XCTAssertEqual(reminder.outcome(at: Timestamp(milliseconds: at(3001).milliseconds + 1), start: at(3600)), .late)
        XCTAssertEqual(reminder.outcome(at: at(3599), start: at(3600)), .late)
        XCTAssertEqual(reminder.outcome(at: at(3600), start: at(3600)), .missed)
        let atStart = Reminder(bookingID: aBooking().id, timesVersion: 1, lead: .zero, dueAt: at(3600), armedAt: at(0))
        XCTAssertEqual(atStart.outcome(at: at(3600), start: at(3600)), .onTime)
    }

    func test_a_booking_is_upcoming_until_its_end_and_past_from_then_on() {
        for status in BookingStatus.allCases {
            var booking = aBooking()
            booking.status = status
            for now in [at(7199), at(7200), at(7201)] {
                let lists = [booking.isIn(.upcoming, asOf: now), booking.isIn(.past, asOf: now)].filter { $0 }.count
                XCTAssertEqual(lists, status.isListed ? 1 : 0)
            }
            XCTAssertFalse(booking.isIn(.upcoming, asOf: at(7200)))
        }
    }

    func test_subjects_are_compared_by_code_point() {
        XCTAssertNotEqual(Subject("\u{e9}"), Subject("e\u{301}"))
        XCTAssertNil(Subject(""))
        XCTAssertNil(Subject("a\u{0}"))
        XCTAssertNotNil(Subject(String(repeating: "é", count: 255)))
        XCTAssertNil(Subject(String(repeating: "e", count: 256)))
    }

    func test_identifiers_are_parsed_in_either_case_and_written_in_lower_case() {
        let text = "0F8FAD5B-D9CB-469F-A165-70867728950E"
        XCTAssertEqual(BookingID(text)?.description, text.lowercased())
        for bad in [
            "", "0f8fad5b", text + "0", "0f8fad5bd9cb469fa16570867728950e", "0f8fad5b-d9cb-469f-a165-70867728950g",
            "{" + text.dropFirst(),
        ] {
            XCTAssertNil(BookingID(bad), bad)
        }
    }
}
