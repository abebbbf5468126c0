/// A reminder that is not due yet. There is one for each booking, version of its slot, and lead.
package struct Reminder: Hashable, Sendable {
    /// The booking.
    package let bookingID: BookingID
    /// The version of the booking that set the slot.
    package let timesVersion: Int
    /// How long before the start of the booking the reminder is due.
    package let lead: Duration
    /// The instant at which it is due.
    package let dueAt: Timestamp
    /// The instant at which the booking was confirmed, or moved to this slot.
    package let armedAt: Timestamp

    /// Creates a reminder from its members.
    package init(bookingID: BookingID, timesVersion: Int, lead: Duration, dueAt: Timestamp, armedAt: Timestamp) {
        self.bookingID = bookingID
        self.timesVersion = timesVersion
        self.lead = lead
        self.dueAt = dueAt
        self.armedAt = armedAt
    }

    /// The longest lead that can be configured, a week.
    package static let longestLead = Duration.seconds(7 * 24 * 3600)

    /// The time after the due instant within which a reminder is recorded on time.
    package static let tolerance = Duration.seconds(1)

    /// The result of a reminder that fell due; the raw value is its label in the metrics.
    package enum Outcome: String, CaseIterable, Sendable {
        case onTime = "on_time"
        /// Recorded after the tolerance, or armed after it was due.
        case late
        /// Not recorded, because the booking has started.
        case missed
    }

    /// Returns the outcome of a reminder that is processed at `now`.
    ///
    /// - Parameter start: The start of the booking.
    package func outcome(at now: Timestamp, start: Timestamp) -> Outcome {
        if now >= start, now > max(dueAt, armedAt) + Self.tolerance { return .missed }
        return armedAt > dueAt || now > dueAt + Self.tolerance ? .late : .onTime
    }
}

/// The leads of the reminders for each booking (`REMINDER_LEAD_MINUTES`).
package struct ReminderPlan: Hashable, Sendable {
    /// Distinct leads, the longest first.
    package let leads: [Duration]

    /// Creates a plan; duplicates are dropped.
    package init(leads: [Duration]) {
        self.leads = Array(Set(leads)).sorted(by: >)
    }

    /// Returns the reminders of a booking from `now` on: none unless it is confirmed and has not started.
    ///
    /// A reminder that was due before `now` is among them: it is recorded at once, as late.
    package func reminders(for booking: Booking, armedAt now: Timestamp) -> [Reminder] {
        guard booking.status == .confirmed, now <= booking.slot.start else { return [] }
        return leads.map { lead in
            Reminder(
                bookingID: booking.id, timesVersion: booking.timesVersion, lead: lead,
                dueAt: booking.slot.start - lead, armedAt: now)
        }
    }

    /// Returns when the first of the reminders is due that this event armed, or `nil` when it armed none.
    package func firstDue(after event: BookingEvent) -> Timestamp? {
        guard case .action = event.kind else { return nil }
        return reminders(for: event.booking, armedAt: event.occurredAt).first?.dueAt
    }
}
