/// Reads the caller's events from the log.
package struct ReadEvents: Sendable {
    private let log: any EventLog
    private let clock: any WallClock
    private let retention: Duration

    package init(log: any EventLog, clock: any WallClock, retention: Duration) {
        self.log = log
        self.clock = clock
        self.retention = retention
    }

    /// `after` nil: from the oldest that is kept. Throws `cursorTooOld` when events after the place are gone, and when
    /// the place lies beyond the end of the log: its event was lost, and those written since may stand before it.
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
}
