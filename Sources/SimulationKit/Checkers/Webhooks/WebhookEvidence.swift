import Bookings

/// A webhook of a history with what it had to deliver and what its receiver got.
struct WebhookEvidence {
    let webhook: History.Webhook
    /// The events of the log that it had to deliver, in the log's order.
    let expected: [History.LogEntry]
    /// What its receiver got at its own path, in the order of arrival.
    let deliveries: [History.WebhookDelivery]

    /// Returns the webhooks of a history, without what the log no longer had when a receiver was told so.
    static func all(in history: History) -> [WebhookEvidence] {
        let byLabel = Dictionary(grouping: history.webhookDeliveries.filter(\.isToOwnPath), by: \.webhook)
        return history.webhooks.map { webhook in
            let deliveries = byLabel[webhook.label] ?? []
            let resync = deliveries.last { !$0.isEvent && $0.acceptedSequence != nil }
            let keptSince = resync.map { $0.receivedAt - history.retention } ?? .earliest
            let expected = history.log.dropFirst(webhook.startPosition).filter { entry in
                entry.occurredAt >= keptSince && (webhook.provider == nil || entry.provider == webhook.provider)
            }
            return WebhookEvidence(webhook: webhook, expected: Array(expected), deliveries: deliveries)
        }
    }

    /// How long a replica may work with what it knows of a webhook: a lease, and the time of an attempt.
    static let leaseDuration = Duration.seconds(15 + 10)
}
