/// A booking with what the store holds about it, read in one snapshot: what the audit looks at.
package struct AuditedBooking: Hashable, Sendable {
    /// A reminder whose event was recorded.
    package struct RecordedReminder: Hashable, Sendable {
        /// What distinguishes it from others of the booking.
        package let kind: ReminderKind
        /// The instant at which it was due.
        package let dueAt: Timestamp
        /// The instant at which it was recorded.
        package let occurredAt: Timestamp

        /// Creates a reminder from its members.
        package init(kind: ReminderKind, dueAt: Timestamp, occurredAt: Timestamp) {
            self.kind = kind
            self.dueAt = dueAt
            self.occurredAt = occurredAt
        }
    }

    /// The newest changes of the booking, `maximumChanges` at most.
    package struct Changes: Hashable, Sendable {
        /// The number of changes that were read.
        package let count: Int
        /// The lowest version among them.
        package let first: Int
        /// The highest version among them.
        package let last: Int
        /// Whether all of them have the booking's provider, customer, service and creation.
        package let areOfOneBooking: Bool
        /// The booking as the change that made its version left it; `nil` when there is no such change.
        package let result: Booking?

        /// Creates the summary of the changes that were read.
        package init(count: Int, first: Int, last: Int, areOfOneBooking: Bool, result: Booking?) {
            self.count = count
            self.first = first
            self.last = last
            self.areOfOneBooking = areOfOneBooking
            self.result = result
        }
    }

    /// How many changes and reminders of one booking are read at most: the newest.
    package static let maximumChanges = 1000

    /// The booking's row.
    package let booking: Booking
    /// Another booking of the provider that holds an instant of this one's slot and does not start before it.
    package let overlapping: BookingID?
    /// The reminders that wait.
    package let waiting: [Reminder]
    /// The reminders that were recorded, without copies.
    package let recorded: [RecordedReminder]
    /// The history.
    package let changes: Changes

    /// Creates a booking as a store read it.
    package init(
        booking: Booking, overlapping: BookingID?, waiting: [Reminder], recorded: [RecordedReminder], changes: Changes
    ) {
        self.booking = booking
        self.overlapping = overlapping
        self.waiting = waiting
        self.recorded = recorded
        self.changes = changes
    }
}
