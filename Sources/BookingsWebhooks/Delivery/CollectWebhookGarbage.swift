import Bookings

/// Deletes attempts whose events have expired, and keeps the cursors of idle webhooks within the retention of the log.
package struct CollectWebhookGarbage: Sendable {
    private let store: any WebhookStore
    private let log: any EventLog
    private let retention: Duration

    /// Creates the use case. `retention` is how long events can be read.
    package init(store: any WebhookStore, log: any EventLog, retention: Duration) {
        self.store = store
        self.log = log
        self.retention = retention
    }

    /// The interval between runs: far shorter than the half of the retention after which an idle cursor is moved.
    package var interval: Duration { min(max(retention / 20, .seconds(1)), .seconds(120)) }

    /// Does what is due at `now`, in parts.
    package func runOnce(at now: Timestamp) async throws(StoreError) {
        var isCut = true
        while isCut, !Task.isCancelled {
            isCut = try await store.trimWebhookAttempts(
                before: now - retention, limit: CollectGarbage.partSize)
        }
        // A cursor is moved once in half the retention, so that an idle webhook costs next to nothing.
        let boundary = try await log.oldest(keptSince: now - retention / 2)
        var key: WebhookCursorKey?
        repeat {
            key = try await store.advanceIdleWebhooks(to: boundary, after: key, limit: Self.partSize)
        } while key != nil && !Task.isCancelled
    }

    private static let partSize = 100
}
