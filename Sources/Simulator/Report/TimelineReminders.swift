import Bookings
import SimulationKit

/// Reminders in the picture: when each was due, and when it was recorded.
struct TimelineReminders: Sendable {
    /// Below it those that were sent, above it those that were due.
    struct Sent: Hashable, Sendable {
        let due: Timestamp
        let sent: Timestamp
    }

    let due: [TimelineLane.Point]
    let sent: [TimelineLane.Point]
    /// Each that was sent, from its due instant on.
    let pairs: [Sent]

    private struct Key: Hashable {
        let booking: BookingID
        let start: Timestamp
        let lead: Int64

        var due: Timestamp { start - .milliseconds(lead) }
    }

    init(_ history: History) {
        var recorded: [Key: Timestamp] = [:]
        for event in history.log where event.name == EventName.reminder.rawValue {
            guard let booking = event.booking, let lead = event.lead else { continue }
            recorded[Key(booking: booking, start: event.start, lead: lead)] = event.occurredAt
        }
        let owed = Self.owed(history)
        due =
            recorded.keys.map { TimelineLane.Point(at: $0.due, tone: .due) }
            + owed.filter { recorded[$0] == nil }.map { TimelineLane.Point(at: $0.due, tone: .bad) }
        sent = recorded.map { key, instant in
            TimelineLane.Point(at: instant, tone: instant > key.due + Reminder.tolerance ? .late : .good)
        }
        pairs = recorded.map { Sent(due: $0.due, sent: $1) }.sorted { ($0.due, $0.sent) < ($1.due, $1.sent) }
    }

    /// What the bookings that stood at the end were owed while the run lasted.
    private static func owed(_ history: History) -> Set<Key> {
        var owed: Set<Key> = []
        for (id, final) in history.finals where final.row.status == .confirmed {
            for lead in history.leads {
                let key = Key(booking: id, start: final.row.start, lead: lead.wholeMilliseconds)
                if key.due >= history.begunAt, key.due < history.endedAt { owed.insert(key) }
            }
        }
        return owed
    }
}
