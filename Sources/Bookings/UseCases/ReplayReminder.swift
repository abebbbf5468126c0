/// Announces the event of a reminder again: it is appended to the log once more, with the same id.
package struct ReplayReminder: Sendable {
    private let ledger: any ReminderLedger
    private let clock: any WallClock
    /// Called after the commit with the position of the copy; wakes the relays.
    private let committed: @Sendable (LogPosition) -> Void

    /// Creates the use case.
    package init(
        ledger: any ReminderLedger, clock: any WallClock, committed: @escaping @Sendable (LogPosition) -> Void
    ) {
        self.ledger = ledger
        self.clock = clock
        self.committed = committed
    }

    /// Throws `forbidden` unless the principal is an admin.
    package func callAsFunction(_ id: EventID, by principal: Principal) async throws(BookingError) -> ReplayOutcome {
        guard principal.roles.contains(.admin) else { throw .forbidden }
        let outcome = try await unavailableIfFailing { try await ledger.replay(id, at: clock.now()) }
        if case .announced(_, let position) = outcome { committed(position) }
        return outcome
    }
}
