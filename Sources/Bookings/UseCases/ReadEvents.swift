/// Reads the principal's events from the log.
package struct ReadEvents: Sendable {
    private let log: any EventLog
    private let continuity: LogContinuity
    private let clock: any WallClock
    private let retention: Duration

    /// Creates the use case. `retention` is how long events can be read after they occurred.
    package init(log: any EventLog, continuity: LogContinuity, clock: any WallClock, retention: Duration) {
        self.log = log
        self.continuity = continuity
        self.clock = clock
        self.retention = retention
    }

    /// Returns at most `limit` events after a position; `nil` is the position before the oldest retained event.
    ///
    /// Throws `forbidden` if the principal's roles permit no events. Throws `cursorTooOld` if events after the position
    /// are no longer retained, or if the position is beyond the end of the log: then its event was lost, and events
    /// written since may precede it.
    package func callAsFunction(
        after position: LogPosition?, by principal: Principal, limit: Int
    ) async throws(BookingError) -> EventSlice {
        guard let scope = principal.eventScope else { throw .forbidden }
        let keptSince = clock.now() - retention
        let slice = try await unavailableIfFailing {
            try await log.events(after: position, in: scope, keptSince: keptSince, limit: limit)
        }
        guard let slice, slice.through >= position ?? .start else { throw .cursorTooOld }
        return slice
    }

    /// Returns the position after which a stream starts: the given one, or the end of the log for `nil`.
    ///
    /// Throws `cursorTooOld` if the stream would miss events.
    package func start(
        after position: LogPosition?, by principal: Principal
    ) async throws(BookingError) -> LogPosition {
        guard let position else { return try await unavailableIfFailing { try await log.head() } }
        if continuity.isDoubtful(position) { throw .cursorTooOld }
        _ = try await self(after: position, by: principal, limit: 1)
        return position
    }
}
