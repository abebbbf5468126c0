/// The points in a replica's work at which it can crash.
package enum CrashPoint: String, Codable, CaseIterable, Sendable {
    case writeBefore = "write:before"
    case writeAfter = "write:after"
    case keepBefore = "keep:before"
    case keepAfter = "keep:after"
    case fireBefore = "fire:before"
    case fireAfter = "fire:after"
    case relayBefore = "relay:before"
    case relayAfter = "relay:after"
    case announceBefore = "announce:before"
    case announceAfter = "announce:after"
    case leaseBefore = "lease:before"
    case leaseAfter = "lease:after"
    case deliverBefore = "deliver:before"
    case deliverAfter = "deliver:after"

    /// What has and what has not happened when a replica passes the point.
    package var summary: String {
        switch self {
        case .writeBefore: "a write is about to be sent to the store"
        case .writeAfter: "a write is committed, and neither its client nor any replica knows of it"
        case .keepBefore: "a refusal is about to be stored with its idempotency key"
        case .keepAfter: "a refusal is stored with its idempotency key and not answered"
        case .fireBefore: "due reminders were found and are about to be recorded"
        case .fireAfter: "due reminders are recorded, and no replica knows of them"
        case .relayBefore: "the relay is about to read new events"
        case .relayAfter: "the relay has read new events and sent them to no client"
        case .announceBefore: "new events are about to be announced to the other replicas"
        case .announceAfter: "new events are announced to the other replicas"
        case .leaseBefore: "the leases of webhooks are about to be taken"
        case .leaseAfter: "the leases of webhooks are taken, and nothing is sent yet"
        case .deliverBefore: "receivers have answered, and the progress of their webhook is about to be stored"
        case .deliverAfter: "the progress of a webhook is stored"
        }
    }

    /// Whether only the deliveries of webhooks pass the point.
    var isOfDeliveries: Bool {
        switch self {
        case .leaseBefore, .leaseAfter, .deliverBefore, .deliverAfter: true
        default: false
        }
    }
}
