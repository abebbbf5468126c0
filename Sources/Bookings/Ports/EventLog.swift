/// The position of an event in the log.
///
/// Positions are assigned in the order of commits, so a reader that has seen position n has seen everything before it.
/// A transaction that is rolled back may leave a gap.
package struct LogPosition: Hashable, Comparable, Sendable {
    /// The position as the store counts it, from 1; 0 is before the first event.
    package let number: Int64

    package init(_ number: Int64) {
        self.number = number
    }

    /// The position before the first event.
    package static let start = LogPosition(0)

    /// The position that follows this one, whether an event has it or not.
    package var next: LogPosition { LogPosition(number + 1) }

    package static func < (left: LogPosition, right: LogPosition) -> Bool { left.number < right.number }
}

/// An event together with its position in the log.
package struct LoggedEvent: Hashable, Sendable {
    /// The event's position.
    package let position: LogPosition
    /// The event itself.
    package let event: BookingEvent
    /// The trace of the request that wrote the event, without `tracestate`; `nil` when it was not kept. Clients do not see
    /// it.
    package let trace: TraceContext?

    package init(position: LogPosition, event: BookingEvent, trace: TraceContext? = nil) {
        self.position = position
        self.event = event
        self.trace = trace
    }
}

/// Consecutive events of the log, read in one snapshot.
package struct EventSlice: Sendable {
    /// The events in ascending order of their positions.
    package let events: [LoggedEvent]
    /// The position up to which the slice is complete: the last event's when the limit was reached, else the log's head.
    package let through: LogPosition

    package init(events: [LoggedEvent], through: LogPosition) {
        self.events = events
        self.through = through
    }

    /// Creates the slice of a query that returned at most `limit` events while the log ended at `head`.
    package init(events: [LoggedEvent], limit: Int, head: LogPosition) {
        let isCut = events.count == limit
        self.init(events: events, through: isCut ? events.last?.position ?? head : head)
    }
}

/// The event log, which is the only source of events: live delivery, event streams and resumption read it by position.
package protocol EventLog: Sendable {
    /// Returns the position of the newest event, or `.start` when the log has never held one.
    func head() async throws(StoreError) -> LogPosition

    /// Returns the events of every booking after a position, without regard to their age; for the relay.
    ///
    /// - Returns: At most `limit` events, or `nil` when events after `position` were trimmed.
    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice?

    /// Returns the events of the bookings in a scope after a position.
    ///
    /// - Parameters:
    ///   - position: The position to read from; `nil` for the oldest event that is retained.
    ///   - keptSince: Events that occurred before this instant are no longer readable.
    /// - Returns: At most `limit` events, or `nil` when events after `position` are no longer readable.
    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice?

    /// Returns the position just before the oldest event that occurred at or after `keptSince` and was not trimmed; the
    /// head when there is none.
    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition

    /// Returns the owners of the bookings that have events after a position, in one snapshot.
    ///
    /// A position after the head, which only a log that lost events has, is answered with the head alone.
    func changes(after position: LogPosition) async throws(StoreError) -> LogChanges

    /// Returns the position of the newest event in a scope. Lists of the scope's bookings stay the same while this does.
    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition

    /// Makes events that occurred before `keptSince` unreadable and deletes what only their readers need, at most `limit`
    /// events in one transaction.
    ///
    /// The history of bookings stays complete.
    ///
    /// - Returns: Whether more such events are left.
    func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool
}
