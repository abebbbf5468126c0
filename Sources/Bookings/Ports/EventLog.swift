/// A place in the event log. Places are handed out in the order of commits, so a reader that has seen place n has seen
/// all before it. What is rolled back may leave a gap.
package struct LogPosition: Hashable, Comparable, Sendable {
    package let number: Int64

    package init(_ number: Int64) {
        self.number = number
    }

    /// Before the first event.
    package static let start = LogPosition(0)

    package var next: LogPosition { LogPosition(number + 1) }

    package static func < (left: LogPosition, right: LogPosition) -> Bool { left.number < right.number }
}

package struct LoggedEvent: Hashable, Sendable {
    package let position: LogPosition
    package let event: BookingEvent

    package init(position: LogPosition, event: BookingEvent) {
        self.position = position
        self.event = event
    }
}

/// A stretch of the log, as one snapshot showed it.
package struct EventSlice: Sendable {
    /// Ascending; only what the scope holds, only what is still kept.
    package let events: [LoggedEvent]
    /// The place up to which the slice is complete: the last event when the limit cut it, else the head of the log.
    package let through: LogPosition

    package init(events: [LoggedEvent], through: LogPosition) {
        self.events = events
        self.through = through
    }
}

/// The only source of events: live delivery, streams and resume all read it, by one cursor.
package protocol EventLog: Sendable {
    /// The place of the newest event.
    func head() async throws(StoreError) -> LogPosition

    /// The events after a place. `keptSince`: events that occurred before it are gone.
    ///
    /// `after` nil: from the oldest kept. The answer is nil when events after that place are gone.
    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice?

    /// The place just before the oldest event that is kept.
    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition

    /// The place of the newest event in a scope: a list of the scope's bookings is unchanged while this is.
    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition

    /// Lets go of what events occurred before the instant need for being read as events. History keeps its part.
    func trim(keptSince: Timestamp) async throws(StoreError)
}
