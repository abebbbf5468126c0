/// The reminders that wait and the outcomes of those that fell due, kept in the store that holds the bookings.
///
/// Outcomes are kept as long as the event log keeps events (`EventLog.trim`).
package protocol ReminderLedger: Sendable {
    /// Returns the reminders that the filter accepts after a key, at most `limit`, in the order of `ReminderKey`.
    func reminders(
        _ filter: ReminderFilter, after key: ReminderKey?, limit: Int
    ) async throws(StoreError) -> [ReminderEntry]

    /// Appends a copy of a reminder's event to the log, with the same id, members and `occurredAt`.
    ///
    /// The transaction reads the booking again: a reminder that is no longer owed is not announced.
    ///
    /// - Parameter now: The instant of the copy, from which its retention counts.
    func replay(_ id: EventID, at now: Timestamp) async throws(StoreError) -> ReplayOutcome
}

/// The result of `ReminderLedger.replay`. Only `announced` has changed anything.
package enum ReplayOutcome: Hashable, Sendable {
    /// The copy is committed at this position.
    case announced(ReminderEntry, LogPosition)
    /// No event of a reminder with this id is in the log.
    case unknown
    /// The booking is not confirmed any more, or has other times.
    case notOwed
}
