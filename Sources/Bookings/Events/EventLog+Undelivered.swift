extension EventLog {
    /// Returns the instant of the oldest event that a webhook was not delivered, as its stored progress has it.
    ///
    /// Returns `nil` when there is none among the first hundred events of the webhook's scope after its cursor, and
    /// `keptSince` when events were lost to it, because its cursor is older.
    package func oldestUndelivered(
        of webhook: WebhookEndpoint, keptSince: Timestamp
    ) async throws(StoreError) -> Timestamp? {
        let slice = try await events(
            after: webhook.progress.position, in: webhook.scope, keptSince: keptSince, limit: 100)
        guard let slice else { return keptSince }
        let ahead = Set(webhook.progress.ahead)
        return slice.events.first { webhook.accepts($0.event) && !ahead.contains($0.position) }?.event.occurredAt
    }
}
