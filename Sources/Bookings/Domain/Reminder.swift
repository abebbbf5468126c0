/// A reminder that waits for its time. It is one for each (booking, version of its times, lead).
public struct Reminder: Hashable, Sendable {
    public let bookingID: BookingID
    public let timesVersion: Int
    /// How long before the start it is due.
    public let lead: Duration
    public let dueAt: Timestamp
    /// When the booking took these times, or was confirmed at them.
    public let armedAt: Timestamp

    public init(bookingID: BookingID, timesVersion: Int, lead: Duration, dueAt: Timestamp, armedAt: Timestamp) {
        self.bookingID = bookingID
        self.timesVersion = timesVersion
        self.lead = lead
        self.dueAt = dueAt
        self.armedAt = armedAt
    }

    /// A reminder that is recorded within this time of its due instant is on time.
    public static let tolerance = Duration.seconds(1)

    /// What becomes of a reminder that is due, when it is recorded at this instant.
    public enum Outcome: String, CaseIterable, Sendable {
        case onTime = "on_time"
        case late
        /// The booking has started meanwhile: nobody is helped by it any more.
        case missed
    }

    public func outcome(at now: Timestamp, start: Timestamp) -> Outcome {
        if now >= start, now > max(dueAt, armedAt) + Self.tolerance { return .missed }
        return armedAt > dueAt || now > dueAt + Self.tolerance ? .late : .onTime
    }
}

/// The leads by which bookings are reminded of.
public struct ReminderPlan: Hashable, Sendable {
    /// Distinct, the longest first.
    public let leads: [Duration]

    public init(leads: [Duration]) {
        self.leads = Array(Set(leads)).sorted(by: >)
    }

    /// The reminders that a booking is owed from this instant on: none unless it is confirmed and still to start.
    ///
    /// One whose due instant has passed is owed too, at once and late.
    public func reminders(for booking: Booking, armedAt now: Timestamp) -> [Reminder] {
        guard booking.status == .confirmed, now <= booking.slot.start else { return [] }
        return leads.map { lead in
            Reminder(
                bookingID: booking.id, timesVersion: booking.timesVersion, lead: lead,
                dueAt: booking.slot.start - lead, armedAt: now)
        }
    }

    /// When the first reminder falls due that this event armed; nil when it armed none.
    public func firstDue(after event: BookingEvent) -> Timestamp? {
        guard case .action = event.kind else { return nil }
        return reminders(for: event.booking, armedAt: event.occurredAt).first?.dueAt
    }
}
