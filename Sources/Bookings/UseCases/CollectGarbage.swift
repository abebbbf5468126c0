/// Deletes what has expired: events after the retention period, idempotency records after 24 hours.
///
/// It deletes in parts, each a transaction of its own: writes go on between two parts, however much has expired.
package struct CollectGarbage: Sendable {
    /// The number of rows that one transaction deletes, which takes less than 20 ms.
    package static let partSize = 500

    private let log: any EventLog
    private let store: any BookingStore
    private let retention: Duration

    package init(log: any EventLog, store: any BookingStore, retention: Duration) {
        self.log = log
        self.store = store
        self.retention = retention
    }

    /// Returns the interval between runs. Readers search for the oldest readable event from the floor of the log on, so a
    /// run only has to keep the floor near, and to free space.
    package func interval(atMost longest: Duration) -> Duration { min(max(retention / 20, .seconds(1)), longest) }

    /// Deletes what has expired at `now`.
    package func runOnce(at now: Timestamp) async throws(StoreError) {
        var isCut = true
        while isCut, !Task.isCancelled {
            isCut = try await log.trim(keptSince: now - retention, limit: Self.partSize)
        }
        var next: Timestamp? = .earliest
        while let first = next, !Task.isCancelled {
            next = try await store.forgetIdempotencyRecords(
                from: first, before: now - IdempotencyKey.lifetime, limit: Self.partSize)
        }
    }
}
