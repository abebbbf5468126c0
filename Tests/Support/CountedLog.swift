import Bookings
import Synchronization

/// A decorator that counts the reads of an event log.
package final class CountedLog: EventLog {
    /// The number of calls by kind.
    package struct Reads: Equatable, Sendable {
        /// Calls of `head`.
        package var heads = 0
        /// Calls of `tail` and `events`.
        package var slices = 0
        /// Calls of `changes`.
        package var changes = 0
        /// Calls of `lastChange`.
        package var lastChanges = 0

        package init(heads: Int = 0, slices: Int = 0, changes: Int = 0, lastChanges: Int = 0) {
            self.heads = heads
            self.slices = slices
            self.changes = changes
            self.lastChanges = lastChanges
        }
    }

    private let log: any EventLog
    private let counted = Mutex(Reads())

    /// Decorates a log.
    package init(_ log: any EventLog) { self.log = log }

    /// The reads so far.
    package var reads: Reads { counted.withLock { $0 } }

    package func head() async throws(StoreError) -> LogPosition {
        counted.withLock { $0.heads += 1 }
        return try await log.head()
    }

    package func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        counted.withLock { $0.slices += 1 }
        return try await log.tail(after: position, limit: limit)
    }

    package func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        counted.withLock { $0.slices += 1 }
        return try await log.events(after: position, in: scope, keptSince: keptSince, limit: limit)
    }

    package func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await log.oldest(keptSince: keptSince)
    }

    package func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
        counted.withLock { $0.changes += 1 }
        return try await log.changes(after: position)
    }

    package func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        counted.withLock { $0.lastChanges += 1 }
        return try await log.lastChange(in: scope)
    }

    package func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        try await log.trim(keptSince: keptSince, limit: limit)
    }
}
