import Bookings

extension Checker {
    /// At the end of a run every receiver accepts everything for a while. Then nothing may be left.
    static let webhookGapless = Checker(
        "webhook-gapless",
        "Each webhook's receiver accepts every event of its scope, whatever failed before, and again after a replay."
    ) { history in WebhookEvidence.all(in: history).flatMap { lost($0) + unrepeated($0) + unfinished($0, history) } }
}

private func lost(_ evidence: WebhookEvidence) -> [Anomaly] {
    guard evidence.webhook.deletedAt == nil else { return [] }
    let accepted = Set(evidence.deliveries.filter { $0.acceptedSequence != nil }.map(\.event))
    let missing = evidence.expected.filter { !accepted.contains($0.event) }
    guard let first = missing.first else { return [] }
    return [
        Anomaly(
            "\(evidence.webhook.label) lacks \(missing.count) events, \(first.name) \(first.event) first",
            booking: first.booking, at: first.occurredAt)
    ]
}

/// Events from the beginning of a replay on that were not accepted after it.
private func unrepeated(_ evidence: WebhookEvidence) -> [Anomaly] {
    guard evidence.webhook.deletedAt == nil else { return [] }
    return evidence.webhook.replays.compactMap { replay in
        let repeated = Set(
            evidence.deliveries.filter { ($0.acceptedSequence ?? 0) > replay.sequence }.map(\.event))
        let missing = evidence.expected.first { $0.occurredAt >= replay.from && !repeated.contains($0.event) }
        return missing.map {
            Anomaly(
                "\(evidence.webhook.label) was not sent \($0.event) again after a replay from "
                    + RFC3339.string(replay.from), booking: $0.booking, at: $0.occurredAt)
        }
    }
}

/// What a webhook says of itself when everything is delivered.
private func unfinished(_ evidence: WebhookEvidence, _ history: History) -> [Anomaly] {
    guard let state = evidence.webhook.finalState else { return [] }
    let lag = evidence.webhook.finalLag ?? 0
    guard state != "active" || lag > 0 else { return [] }
    return [
        Anomaly(
            "\(evidence.webhook.label) is \(state) with a lag of \(lag) s after its receiver accepted everything",
            at: history.endedAt)
    ]
}
