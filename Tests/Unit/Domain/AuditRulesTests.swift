import TestSupport
import XCTest

@testable import Bookings

/// The rules of the audit, on bookings as a store reads them.
final class AuditRulesTests: XCTestCase {
    private let week = Duration.seconds(604_800)
    private let kind = ReminderKind(timesVersion: 1, lead: .seconds(600))

    /// A sound confirmed booking from 3600 to 7200 whose reminder waits, after a change of one of its parts.
    private func audited(
        _ booking: Booking = aBooking(), overlapping: BookingID? = nil, waiting: [Reminder]? = nil,
        recorded: [AuditedBooking.RecordedReminder] = [], changes: AuditedBooking.Changes? = nil
    ) -> AuditedBooking {
        AuditedBooking(
            booking: booking, overlapping: overlapping,
            waiting: waiting ?? tenMinutes.reminders(for: booking, armedAt: booking.createdAt), recorded: recorded,
            changes: changes
                ?? AuditedBooking.Changes(
                    count: booking.version, first: 1, last: booking.version, areOfOneBooking: true, result: booking))
    }

    private func invariants(_ audited: AuditedBooking, at now: Int = 10, retention: Duration? = nil) -> [AuditInvariant]
    {
        audited.violations(at: at(now), retention: retention ?? week).map(\.invariant)
    }

    private func recorded(due: Int = 3000, at now: Int = 3000) -> AuditedBooking.RecordedReminder {
        .init(kind: kind, dueAt: at(due), occurredAt: at(now))
    }

    private func changes(
        _ count: Int, _ first: Int, _ last: Int, same: Bool = true, _ result: Booking? = aBooking()
    ) -> AuditedBooking.Changes {
        .init(count: count, first: first, last: last, areOfOneBooking: same, result: result)
    }

    func test_sound_bookings_violate_nothing() {
        XCTAssertEqual(invariants(audited()), [])
        XCTAssertEqual(invariants(audited(waiting: [], recorded: [recorded()]), at: 3001), [])
        XCTAssertEqual(invariants(audited(aBooking(status: .pending), waiting: [])), [])
        XCTAssertEqual(invariants(audited(aBooking(status: .cancelled), waiting: [])), [])
    }

    func test_an_overlap_names_both_bookings() {
        let found = audited(overlapping: aBooking(2).id).violations(at: at(10), retention: week)
        XCTAssertEqual(found.map(\.invariant), [.overlap])
        XCTAssertEqual(found.first?.bookings, [aBooking(1).id, aBooking(2).id])
        XCTAssertEqual(found.first?.description, "overlap \(aBooking(1).id) \(aBooking(2).id): the slots overlap")
    }

    func test_versions_must_be_there_once_up_to_that_of_the_row() {
        let cases: [(AuditedBooking.Changes, [AuditInvariant])] = [
            (changes(1, 1, 1), []), (changes(0, 0, 0, nil), [.versions]), (changes(2, 1, 1), [.versions]),
            (changes(2, 1, 2), [.versions]), (changes(1, 2, 2, nil), [.versions]),
        ]
        for (changes, expected) in cases {
            XCTAssertEqual(invariants(audited(changes: changes)), expected, "\(changes)")
        }
    }

    func test_of_a_long_history_the_newest_versions_must_be_there() {
        var booking = aBooking()
        booking.version = 1200
        XCTAssertEqual(invariants(audited(booking, changes: changes(1000, 201, 1200, booking))), [])
        XCTAssertEqual(invariants(audited(booking, changes: changes(1000, 200, 1200, booking))), [.versions])
    }

    func test_a_row_that_differs_from_its_history_is_found() {
        XCTAssertEqual(
            invariants(audited(changes: changes(1, 1, 1, aBooking(customer: subject("ann"))))), [.history])
        XCTAssertEqual(invariants(audited(changes: changes(1, 1, 1, same: false))), [.history])
    }

    func test_a_missing_reminder_is_found_while_its_event_would_be_kept_and_the_booking_has_not_started() {
        let missing = audited(waiting: [])
        XCTAssertEqual(invariants(missing), [.reminderMissing])
        XCTAssertEqual(invariants(missing, at: 3600), [])
        // The reminder of a lead of up to a week may have been recorded and trimmed.
        XCTAssertEqual(invariants(missing, retention: .seconds(604_800 - 3600)), [])
        XCTAssertEqual(invariants(audited(aBooking(status: .pending), waiting: [])), [])
    }

    func test_a_reminder_that_was_recorded_twice_or_waits_again_is_found() {
        XCTAssertEqual(
            invariants(audited(waiting: [], recorded: [recorded(), recorded()]), at: 3100), [.reminderTwice])
        XCTAssertEqual(invariants(audited(recorded: [recorded()]), at: 3100), [.reminderTwice])
    }

    func test_a_reminder_that_was_recorded_early_or_waits_for_a_wrong_instant_is_found() {
        XCTAssertEqual(invariants(audited(waiting: [], recorded: [recorded(at: 2999)])), [.reminderEarly])
        let wrong = Reminder(
            bookingID: aBooking().id, timesVersion: 1, lead: .seconds(600), dueAt: at(3001), armedAt: at(0))
        XCTAssertEqual(invariants(audited(waiting: [wrong])), [.reminderEarly])
    }

    func test_a_reminder_that_is_not_owed_is_found() {
        let waiting = tenMinutes.reminders(for: aBooking(), armedAt: at(0))
        XCTAssertEqual(invariants(audited(aBooking(status: .cancelled), waiting: waiting)), [.reminderStale])
        let other = Reminder(
            bookingID: aBooking().id, timesVersion: 2, lead: .seconds(600), dueAt: at(3000), armedAt: at(0))
        XCTAssertEqual(invariants(audited(waiting: waiting + [other])), [.reminderStale])
    }

    func test_a_pause_leaves_the_rest_of_a_core_free() {
        let pace = AuditPace(percent: 1)
        XCTAssertEqual(pace.pause(after: .milliseconds(3), endsRound: false), .milliseconds(297))
        XCTAssertEqual(pace.pause(after: .zero, endsRound: false), .milliseconds(20))
        XCTAssertEqual(pace.pause(after: .milliseconds(3), endsRound: true), .seconds(5))
        XCTAssertEqual(pace.pause(after: .seconds(1), endsRound: true), .seconds(99))
        XCTAssertEqual(AuditPace(percent: 50).pause(after: .milliseconds(40), endsRound: false), .milliseconds(40))
    }
}
