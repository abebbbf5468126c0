import Bookings

extension Checker {
    /// Derives from the timelines which reminders are due, and compares them with the log and with the frames of each
    /// listener. While no fault is active both must show the reminder within a second. An active fault moves the
    /// deadline to five seconds after its heal, for the log alone; a listener that reconnects meanwhile is excused.
    static let reminderLate = Checker(
        "reminder-late",
        "A reminder is sent within a second of being due or armed; around a fault, within five of the last heal."
    ) { history in
        let index = LogIndex(history.log)
        let recorded = recordedByVersion(history.log)
        let receipts = ReminderReceipts(history)
        return OwedReminder.all(in: history).compactMap { reminder in
            // A version without a log entry is left to `event-gapless`: its reminders cannot be told from others.
            guard index.changes[reminder.version] != nil else { return nil }
            // Another version may arm a reminder of the same times, so that only those after this version count.
            let positions = recorded[reminder.version]?.filter { reminder.isMet(by: history.log[$0]) } ?? []
            guard let first = positions.first else { return reminder.anomaly("it was never recorded") }
            guard let position = positions.first(where: { history.log[$0].occurredAt <= reminder.deadline }) else {
                return reminder.anomaly("it was recorded \(reminder.lateness(at: history.log[first].occurredAt))")
            }
            // Around a fault a listener may be disconnected for as long as the fault lasts: then the log decides alone,
            // and `event-gapless` demands the delivery.
            guard reminder.isDueWhileHealthy else { return nil }
            return receipts.firstLateListener(for: position, reminder).map { listener in
                let lateness = listener.receivedAt.map { reminder.lateness(at: $0) }
                return reminder.anomaly(
                    lateness.map { "it reached \(listener.socket) \($0)" } ?? "it never reached \(listener.socket)")
            }
        }
    }
}

/// Returns the positions of the reminders that the log holds after each version of a booking and before its next.
private func recordedByVersion(_ log: [History.LogEntry]) -> [VersionKey: [Int]] {
    var versions: [BookingID: Int] = [:]
    var positions: [VersionKey: [Int]] = [:]
    for (position, entry) in log.enumerated() {
        guard let booking = entry.booking else { continue }
        if entry.isReminder {
            positions[VersionKey(booking: booking, version: versions[booking] ?? 0), default: []].append(position)
        } else {
            versions[booking] = entry.version
        }
    }
    return positions
}

extension OwedReminder {
    fileprivate var version: VersionKey { VersionKey(booking: row.id, version: row.version) }

    fileprivate func isMet(by entry: History.LogEntry) -> Bool {
        entry.start == row.start && entry.lead == lead.wholeMilliseconds
    }

    fileprivate func lateness(at instant: Timestamp) -> String {
        "\(due.duration(to: instant).wholeMilliseconds) ms late"
    }

    fileprivate func anomaly(_ reason: String) -> Anomaly {
        Anomaly(
            "\(row.id) was owed a reminder at \(RFC3339.string(due)), by \(RFC3339.string(deadline)): \(reason)",
            booking: row.id, at: due)
    }
}
