import Bookings

extension Checker {
    /// Delivery is at least once: a copy is excused when a fault was active around the acceptance of the first one, which
    /// may have kept it from being stored, or when the owner asked for it.
    static let webhookOnce = Checker(
        "webhook-once",
        "No event is delivered to a webhook again after its receiver has said that it accepted it, except around a fault "
            + "or after a replay."
    ) { history in
        let degraded = DegradedPeriods(history.faultPeriods)
        return WebhookEvidence.all(in: history).flatMap { copies($0, degraded) }
    }
}

private func copies(_ evidence: WebhookEvidence, _ degraded: DegradedPeriods) -> [Anomaly] {
    var acknowledged: [String: History.WebhookDelivery] = [:]
    return evidence.deliveries.compactMap { delivery in
        let first = acknowledged[delivery.event]
        if delivery.isAcknowledged { acknowledged[delivery.event] = delivery }
        guard let first, let sequence = first.acceptedSequence, sequence < delivery.sequence else { return nil }
        let wasAsked = evidence.webhook.replays.contains {
            first.sequence < $0.sequence && $0.sequence < delivery.sequence
        }
        guard !wasAsked, !degraded.isNearFault(first.receivedAt) else { return nil }
        return Anomaly(
            "\(evidence.webhook.label) was sent \(delivery.name) \(delivery.event) again "
                + "\(first.receivedAt.duration(to: delivery.receivedAt).inSeconds) s after it was accepted",
            at: delivery.receivedAt)
    }
}
