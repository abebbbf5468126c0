import Bookings

extension Checker {
    /// Nothing excuses a delivery ahead of an earlier event of its booking, or of its webhook when that delivers in order:
    /// the earlier one must have been accepted at some time before.
    static let webhookOrdered = Checker(
        "webhook-ordered",
        "A webhook's receiver gets an event only when it has accepted the earlier ones of its booking, or all of them."
    ) { history in WebhookEvidence.all(in: history).compactMap(firstOutOfOrder) }
}

/// The events whose order counts together.
private struct OrderedGroup {
    var events: [String] = []
    /// The number of events that were accepted without a gap.
    var accepted = 0
}

private func firstOutOfOrder(_ evidence: WebhookEvidence) -> Anomaly? {
    var groups: [BookingID?: OrderedGroup] = [:]
    var places: [String: (group: BookingID?, index: Int)] = [:]
    for entry in evidence.expected where places[entry.event] == nil {
        let group = evidence.webhook.isOrdered ? nil : entry.booking
        places[entry.event] = (group, groups[group, default: OrderedGroup()].events.count)
        groups[group, default: OrderedGroup()].events.append(entry.event)
    }
    // What is accepted while another delivery is under way counts from then on.
    let acceptances = evidence.deliveries.compactMap { delivery in
        delivery.acceptedSequence.map { (sequence: $0, event: delivery.event) }
    }.sorted { $0.sequence < $1.sequence }
    var accepted: Set<String> = []
    var next = 0
    for delivery in evidence.deliveries {
        while next < acceptances.count, acceptances[next].sequence < delivery.sequence {
            accepted.insert(acceptances[next].event)
            next += 1
        }
        guard let place = places[delivery.event], var group = groups[place.group] else { continue }
        while group.accepted < group.events.count, accepted.contains(group.events[group.accepted]) {
            group.accepted += 1
        }
        groups[place.group] = group
        guard group.accepted < place.index else { continue }
        return Anomaly(
            "\(evidence.webhook.label) was sent \(delivery.name) \(delivery.event) before its receiver had accepted "
                + group.events[group.accepted], booking: place.group, at: delivery.receivedAt)
    }
    return nil
}
