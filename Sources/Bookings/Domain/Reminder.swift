/// A reminder that waits for its time. It is one for each (booking, version of its times, lead).
package struct Reminder: Hashable, Sendable {
    package let bookingID: BookingID
    package let timesVersion: Int
    /// How long before the start it is due.
    package let lead: Duration
    package let dueAt: Timestamp
    /// When the booking took these times, or was confirmed at them.
    package let armedAt: Timestamp

    package init(bookingID: BookingID, timesVersion: Int, lead: Duration, dueAt: Timestamp, armedAt: Timestamp) {
        self.bookingID = bookingID
        self.timesVersion = timesVersion
        self.lead = lead
        self.dueAt = dueAt
        self.armedAt = armedAt
    }

    /// A reminder that is recorded within this time of its due instant is on time.
    package static let tolerance = Duration.seconds(1)

    /// What becomes of a reminder that is due, when it is recorded at this instant.
    package enum Outcome: String, CaseIterable, Sendable {
        case onTime = "on_time"
        case late
        /// The booking has started meanwhile: nobody is helped by it any more.
        case missed
    }

    package func outcome(at now: Timestamp, start: Timestamp) -> Outcome {
        if now >= start, now > max(dueAt, armedAt) + Self.tolerance { return .missed }
        return armedAt > dueAt || now > dueAt + Self.tolerance ? .late : .onTime
    }
}

/// The leads by which bookings are reminded of.
package struct ReminderPlan: Hashable, Sendable {
    /// Distinct, the longest first.
    package let leads: [Duration]

    package init(leads: [Duration]) {
        self.leads = Array(Set(leads)).sorted(by: >)
    }

    /// The reminders that a booking is owed from this instant on: none unless it is confirmed and still to start.
    ///
    /// One whose due instant has passed is owed too, at once and late.
    package func reminders(for booking: Booking, armedAt now: Timestamp) -> [Reminder] {
        guard booking.status == .confirmed, now <= booking.slot.start else { return [] }
        return leads.map { lead in
            Reminder(
                bookingID: booking.id, timesVersion: booking.timesVersion, lead: lead,
                dueAt: booking.slot.start - lead, armedAt: now)
        }
    }

    /// When the first reminder falls due that this event armed; nil when it armed none.
    package func firstDue(after event: BookingEvent) -> Timestamp? {
        guard case .action = event.kind else { return nil }
        return reminders(for: event.booking, armedAt: event.occurredAt).first?.dueAt
    }
}
