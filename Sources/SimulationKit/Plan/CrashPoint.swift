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
        }
    }
}
