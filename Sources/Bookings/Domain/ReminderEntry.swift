/// A reminder in the ledger: one that waits, or the outcome of one that fell due.
package struct ReminderEntry: Hashable, Sendable {
    /// What became of a reminder; the raw value is its name in the API.
    package enum Outcome: String, CaseIterable, Hashable, Sendable {
        /// It is not due yet, or due and not taken.
        case waiting
        /// Its event was recorded on time.
        case fired
        /// Its event was recorded with `late: true`.
        case late
        /// It has no event, because the booking had started.
        case missed
    }

    /// What distinguishes the reminder from others.
    package let identity: ReminderIdentity
    /// The provider of the booking.
    package let providerID: ProviderID
    /// The instant at which the reminder was due or will be.
    package let dueAt: Timestamp
    /// What became of it.
    package let outcome: Outcome
    /// The instant at which the outcome was recorded; `nil` while it waits.
    package let recordedAt: Timestamp?
    /// The name of the replica that recorded the outcome; `nil` when it is not known.
    package let recordedBy: String?

    /// Creates an entry from its members.
    package init(
        identity: ReminderIdentity, providerID: ProviderID, dueAt: Timestamp, outcome: Outcome,
        recordedAt: Timestamp?, recordedBy: String?
    ) {
        self.identity = identity
        self.providerID = providerID
        self.dueAt = dueAt
        self.outcome = outcome
        self.recordedAt = recordedAt
        self.recordedBy = recordedBy
    }

    /// The start of the booking, as the reminder has it.
    package var startTime: Timestamp { dueAt + identity.lead }

    /// The position of the entry in the ledger's order.
    package var key: ReminderKey { ReminderKey(dueAt: dueAt, identity: identity) }
}

/// What distinguishes a reminder from all others.
package struct ReminderIdentity: Hashable, Sendable {
    /// The booking.
    package let bookingID: BookingID
    /// The version of the booking that set the slot.
    package let timesVersion: Int
    /// How long before the start of the booking the reminder is due.
    package let lead: Duration

    /// Creates an identity from its members.
    package init(bookingID: BookingID, timesVersion: Int, lead: Duration) {
        self.bookingID = bookingID
        self.timesVersion = timesVersion
        self.lead = lead
    }

    /// The id of the reminder's event.
    package var eventID: EventID { .derived(from: bookingID, version: timesVersion, lead: lead) }
}

/// The position of a reminder in the ledger, which is sorted by due instant, booking, lead and version of the times.
package struct ReminderKey: Hashable, Sendable {
    /// The instant at which the reminder is due.
    package let dueAt: Timestamp
    /// Decides between equal instants.
    package let identity: ReminderIdentity

    /// Creates a key from its members.
    package init(dueAt: Timestamp, identity: ReminderIdentity) {
        self.dueAt = dueAt
        self.identity = identity
    }

    /// Returns a key after every reminder that is due before the instant, and before every other.
    package static func last(before instant: Timestamp) -> ReminderKey {
        let last = ReminderIdentity(
            bookingID: BookingID(high: .max, low: .max), timesVersion: Int(Int32.max), lead: .milliseconds(Int64.max))
        return ReminderKey(dueAt: instant - .milliseconds(1), identity: last)
    }
}

/// The filters of the ledger. A filter that is `nil`, or an empty set, accepts every reminder.
package struct ReminderFilter: Hashable, Sendable {
    /// The accepted outcomes.
    package var outcomes: Set<ReminderEntry.Outcome> = []
    /// The provider of the bookings.
    package var providerID: ProviderID?
    /// The booking.
    package var bookingID: BookingID?
    /// The first due instant.
    package var from: Timestamp?
    /// The instant before which reminders are due.
    package var to: Timestamp?

    /// Creates a filter that accepts every reminder.
    package init() {}

    /// The accepted outcomes in the order of their cases.
    package var accepted: [ReminderEntry.Outcome] {
        ReminderEntry.Outcome.allCases.filter { outcomes.isEmpty || outcomes.contains($0) }
    }
}
