/// Lets go of what has served its time: events beyond their retention, idempotency records after a day.
package struct CollectGarbage: Sendable {
    private let log: any EventLog
    private let store: any BookingStore
    private let retention: Duration

    package init(log: any EventLog, store: any BookingStore, retention: Duration) {
        self.log = log
        self.store = store
        self.retention = retention
    }

    /// Events hide by their age alone; this frees their room soon after.
    package var interval: Duration { min(max(retention / 20, .seconds(1)), .seconds(3600)) }

    package func runOnce(at now: Timestamp) async throws(StoreError) {
        try await log.trim(keptSince: now - retention)
        try await store.forgetIdempotencyRecords(before: now - IdempotencyKey.lifetime)
    }
}
