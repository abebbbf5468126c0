import Bookings

extension Checker {
    /// Searches the bodies for canaries of other providers besides comparing the owners in the log. Nothing excuses a leak.
    static let webhookSealed = Checker(
        "webhook-sealed",
        "A webhook's receiver gets events of its provider alone, at its own path, and none after the webhook's deletion."
    ) { history in
        strayRequests(history) + WebhookEvidence.all(in: history).flatMap { foreign($0, history) + afterDeletion($0) }
    }
}

private func strayRequests(_ history: History) -> [Anomaly] {
    history.webhookDeliveries.filter { !$0.isToOwnPath || $0.webhook == ReceiverKind.redirectTarget }.map {
        Anomaly("\($0.name) \($0.event) was sent to another path than its receiver's", at: $0.receivedAt)
    }
}

private func foreign(_ evidence: WebhookEvidence, _ history: History) -> [Anomaly] {
    guard let provider = evidence.webhook.provider else { return [] }
    let owners = Dictionary(history.log.map { ($0.event, $0.provider) }, uniquingKeysWith: { first, _ in first })
    let number = history.providers.firstIndex(of: provider)
    return evidence.deliveries.compactMap { delivery in
        let owner = owners[delivery.event] ?? provider
        guard owner != provider || Canary.owners(in: delivery.body).contains(where: { $0.provider != number }) else {
            return nil
        }
        return Anomaly(
            "\(evidence.webhook.label) was sent \(delivery.name) \(delivery.event) of another provider",
            at: delivery.receivedAt)
    }
}

private func afterDeletion(_ evidence: WebhookEvidence) -> [Anomaly] {
    guard let end = evidence.webhook.deletedAt.map({ $0 + WebhookEvidence.leaseDuration }) else { return [] }
    return evidence.deliveries.filter { $0.receivedAt > end }.map {
        Anomaly("\(evidence.webhook.label) was sent \($0.event) after it was deleted", at: $0.receivedAt)
    }
}
