/// Deletes what has expired: events after the retention period, idempotency records after 24 hours.
package struct CollectGarbage: Sendable {
    private let log: any EventLog
    private let store: any BookingStore
    private let retention: Duration

    package init(log: any EventLog, store: any BookingStore, retention: Duration) {
        self.log = log
        self.store = store
        self.retention = retention
    }

    /// The interval between runs. Readers filter events by their age themselves, so a run only has to free space.
    package var interval: Duration { min(max(retention / 20, .seconds(1)), .seconds(3600)) }

    /// Deletes what has expired at `now`.
    package func runOnce(at now: Timestamp) async throws(StoreError) {
        try await log.trim(keptSince: now - retention)
        try await store.forgetIdempotencyRecords(before: now - IdempotencyKey.lifetime)
    }
}
