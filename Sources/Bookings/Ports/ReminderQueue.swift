/// The reminders that wait, on the store that holds the bookings.
package protocol ReminderQueue: Sendable {
    /// The earliest due instant of all that wait; nil when none does.
    func nextDue() async throws(StoreError) -> Timestamp?

    /// In one transaction: takes up to `limit` reminders due at `now`, the earliest first, looks at each booking again,
    /// appends the event of each that is still owed, and drops it from the queue.
    ///
    /// What another replica is firing at this moment is left to it. Outcomes are `Reminder.outcome(at:start:)`.
    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders

    /// In one transaction: arms the reminders of the next `limit` confirmed bookings that start after `now`, in the order
    /// of start and id behind the key, by these leads instead of those that they had.
    ///
    /// What is due at `now` is neither armed nor dropped: it was fired, or will be.
    func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders
}

package struct RearmedReminders: Hashable, Sendable {
    /// How many bookings were looked at.
    package var bookings: Int
    /// How many reminders were added, and how many of other leads were dropped.
    package var armed: Int
    package var dropped: Int
    /// The last booking that was looked at; nil when there was none.
    package var last: SortKey?

    package init(bookings: Int, armed: Int, dropped: Int, last: SortKey?) {
        self.bookings = bookings
        self.armed = armed
        self.dropped = dropped
        self.last = last
    }
}

package struct FiredReminders: Sendable {
    /// The recorded events in the log's order; on time or late.
    package let events: [LoggedEvent]
    /// How many were dropped because their bookings had started.
    package let missed: Int
    /// More may be due: the limit was reached.
    package let isCut: Bool

    package init(events: [LoggedEvent], missed: Int, isCut: Bool) {
        self.events = events
        self.missed = missed
        self.isCut = isCut
    }
}
