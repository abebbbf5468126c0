/// The marks that are counted in what the receivers of webhooks got.
extension CoverageMark {
    static let webhookRetried = CoverageMark(
        "webhook-retried", "a webhook's receiver accepted an event that it had not accepted before"
    ) { history in
        groups(history).count { attempts in
            attempts.contains { $0.acceptedSequence == nil } && attempts.contains { $0.acceptedSequence != nil }
        }
    }
    static let webhookRepeated = CoverageMark(
        "webhook-repeated", "a webhook's receiver got an event again that it had accepted"
    ) { history in groups(history).count { $0.count { $0.acceptedSequence != nil } > 1 } }
    static let webhookTakenOver = CoverageMark(
        "webhook-taken-over", "another replica went on with an event that one had begun to deliver"
    ) { history in groups(history).count { Set($0.map(\.replica)).count > 1 } }
}

/// Returns the attempts of each event for each webhook.
private func groups(_ history: History) -> [[History.WebhookDelivery]] {
    struct Key: Hashable { let webhook: String, event: String }
    return Array(
        Dictionary(grouping: history.webhookDeliveries) { Key(webhook: $0.webhook, event: $0.event) }.values)
}
