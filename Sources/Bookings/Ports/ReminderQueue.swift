/// The reminders that wait to become due, kept in the store that holds the bookings.
package protocol ReminderQueue: Sendable {
    /// Returns the earliest due instant of all waiting reminders; `nil` when there is none.
    func nextDue() async throws(StoreError) -> Timestamp?

    /// Takes up to `limit` reminders that are due at `now`, the earliest first, in one transaction.
    ///
    /// The transaction reads each booking again, appends an event where the reminder is still owed
    /// (`Reminder.outcome(at:start:)`), and removes the reminder from the queue. Reminders that another transaction has
    /// locked are skipped, and all while another transaction fires some.
    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders

    /// Replaces the reminders of up to `limit` confirmed bookings that start after `now`, in one transaction.
    ///
    /// The bookings are taken in the order of start and id after `key`. Afterwards each has a reminder for every lead
    /// in `leads` and for no other. Reminders that are due at `now` are neither added nor removed: they were fired, or
    /// will be.
    func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders
}

/// The result of one transaction that replaced reminders.
package struct RearmedReminders: Hashable, Sendable {
    /// The number of bookings whose reminders were compared with the leads.
    package var bookings: Int
    /// The number of reminders that were added.
    package var armed: Int
    /// The number of reminders that were removed because of their lead.
    package var dropped: Int
    /// The sort key of the last booking; `nil` when there was none.
    package var last: SortKey?

    package init(bookings: Int, armed: Int, dropped: Int, last: SortKey?) {
        self.bookings = bookings
        self.armed = armed
        self.dropped = dropped
        self.last = last
    }
}

/// The result of one transaction that fired reminders.
package struct FiredReminders: Hashable, Sendable {
    /// One owed reminder that was due.
    package struct Firing: Hashable, Sendable {
        /// Whether the event was recorded on time or late, or not at all.
        package let outcome: Reminder.Outcome
        /// The time from the due instant to the transaction's instant.
        package let lateness: Duration

        package init(outcome: Reminder.Outcome, lateness: Duration) {
            self.outcome = outcome
            self.lateness = lateness
        }
    }

    /// The reminders that were owed, in the order in which they were due.
    package let firings: [Firing]
    /// The position of the last event that was appended; `nil` when none was.
    package let lastPosition: LogPosition?
    /// Whether the limit was reached, so that more reminders may be due.
    package let isCut: Bool

    package init(firings: [Firing], lastPosition: LogPosition?, isCut: Bool) {
        self.firings = firings
        self.lastPosition = lastPosition
        self.isCut = isCut
    }

    /// The result of a transaction that found no reminder due.
    package static let none = FiredReminders(firings: [], lastPosition: nil, isCut: false)
}
