/// The reminders that wait, on the store that holds the bookings.
public protocol ReminderQueue: Sendable {
    /// The earliest due instant of all that wait; nil when none does.
    func nextDue() async throws(StoreError) -> Timestamp?

    /// In one transaction: takes up to `limit` reminders due at `now`, the earliest first, looks at each booking again,
    /// appends the event of each that is still owed, and drops it from the queue.
    ///
    /// What another replica is firing at this moment is left to it. Outcomes are `Reminder.outcome(at:start:)`.
    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders
}

public struct FiredReminders: Sendable {
    /// The recorded events in the log's order; on time or late.
    public let events: [LoggedEvent]
    /// How many were dropped because their bookings had started.
    public let missed: Int
    /// More may be due: the limit was reached.
    public let isCut: Bool

    public init(events: [LoggedEvent], missed: Int, isCut: Bool) {
        self.events = events
        self.missed = missed
        self.isCut = isCut
    }
}
