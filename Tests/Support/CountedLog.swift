import Bookings
import Synchronization

/// The log of a store, with its readings counted.
public final class CountedLog: EventLog {
    public struct Readings: Equatable, Sendable {
        public var heads = 0
        public var slices = 0
        public var lastChanges = 0

        public init(heads: Int = 0, slices: Int = 0, lastChanges: Int = 0) {
            self.heads = heads
            self.slices = slices
            self.lastChanges = lastChanges
        }
    }

    private let log: any EventLog
    private let counted = Mutex(Readings())

    public init(_ log: any EventLog) { self.log = log }

    public var readings: Readings { counted.withLock { $0 } }

    public func head() async throws(StoreError) -> LogPosition {
        counted.withLock { $0.heads += 1 }
        return try await log.head()
    }

    public func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        counted.withLock { $0.slices += 1 }
        return try await log.events(after: position, in: scope, keptSince: keptSince, limit: limit)
    }

    public func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await log.oldest(keptSince: keptSince)
    }

    public func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        counted.withLock { $0.lastChanges += 1 }
        return try await log.lastChange(in: scope)
    }

    public func trim(keptSince: Timestamp) async throws(StoreError) { try await log.trim(keptSince: keptSince) }
}
