import Bookings
import SimulationKit

/// The reminders of a timeline: when each was due and when it first reached a listener.
struct TimelineReminders: Sendable {
    /// A reminder that was sent.
    struct Pair: Hashable, Sendable {
        let due: Timestamp
        let sent: Timestamp
        let booking: BookingID
    }

    /// The due instants; one that has no reminder is a violation.
    let due: [TimelineLane.Point]
    let sent: [TimelineLane.Point]
    /// The due and the sent instant of each reminder that was sent, in ascending order.
    let pairs: [Pair]

    /// A reminder: one for each booking, start and lead.
    private struct Key: Hashable {
        let booking: BookingID
        let start: Timestamp
        let lead: Int64

        var due: Timestamp { start - .milliseconds(lead) }
    }

    init(_ history: History) {
        // Of two reminders with one key the later counts; `reminder-once` reports them.
        var recorded: [Key: Timestamp] = [:]
        let arrivals = history.reminderArrivals
        for entry in history.log where entry.isReminder {
            guard let booking = entry.booking, let lead = entry.lead else { continue }
            recorded[Key(booking: booking, start: entry.start, lead: lead)] =
                arrivals[entry.event] ?? entry.occurredAt
        }
        let owed = Self.owed(history)
        due =
            recorded.keys.map { TimelineLane.Point(at: $0.due, category: .due) }
            + owed.filter { recorded[$0] == nil }.map { TimelineLane.Point(at: $0.due, category: .violation) }
        sent = recorded.map { key, instant in
            TimelineLane.Point(at: instant, category: instant > key.due + Reminder.tolerance ? .late : .success)
        }
        pairs = recorded.map { Pair(due: $0.due, sent: $1, booking: $0.booking) }
            .sorted { ($0.due, $0.sent, $0.booking) < ($1.due, $1.sent, $1.booking) }
    }

    /// Returns the reminders that became due during the run, of the bookings that were confirmed at its end.
    private static func owed(_ history: History) -> Set<Key> {
        var owed: Set<Key> = []
        for (id, final) in history.finalStates where final.row.status == .confirmed {
            for lead in history.leads {
                let key = Key(booking: id, start: final.row.start, lead: lead.wholeMilliseconds)
                if key.due >= history.begunAt, key.due < history.endedAt { owed.insert(key) }
            }
        }
        return owed
    }
}
