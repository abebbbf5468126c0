import Bookings

extension Checker {
    /// Compares the ledger with the log and the frames. What was recorded after the log was read is not judged.
    static let reminderLedger = Checker(
        "reminder-ledger", "The ledger has exactly the reminders that listeners were told of, with the same outcomes."
    ) { history in
        guard let ledger = history.ledger else { return [] }
        return repeated(ledger) + unrecorded(history, ledger) + unannounced(history, ledger)
            + contradicted(history, ledger)
    }
}

private func repeated(_ ledger: [History.LedgerRow]) -> [Anomaly] {
    var seen: Set<String> = []
    return ledger.filter { !seen.insert($0.event).inserted }
        .map { Anomaly("the ledger has \($0.event) twice", booking: $0.booking) }
}

/// Reminders of the log that the ledger does not have as announced, although their events are still kept.
private func unrecorded(_ history: History, _ ledger: [History.LedgerRow]) -> [Anomaly] {
    let announced = Set(ledger.filter(\.wasAnnounced).map(\.event))
    let keptSince = history.endedAt - history.retention + history.clockTolerance
    let lacking = history.log.filter { $0.isReminder && $0.occurredAt >= keptSince && !announced.contains($0.event) }
    return lacking.map { entry in
        Anomaly(
            "\(entry.event) was announced, and the ledger does not tell", booking: entry.booking, at: entry.occurredAt)
    }
}

/// Reminders that the ledger has as announced, and of which the log has no event.
private func unannounced(_ history: History, _ ledger: [History.LedgerRow]) -> [Anomaly] {
    let logged = Set(history.log.filter(\.isReminder).map(\.event))
    let last = history.log.last?.occurredAt ?? history.endedAt
    return ledger.compactMap { row in
        guard row.wasAnnounced, !logged.contains(row.event), let instant = row.recordedAt, instant <= last else {
            return nil
        }
        return Anomaly("the ledger has \(row.event), which was not announced", booking: row.booking, at: instant)
    }
}

/// Reminders that reached a listener with another outcome than the ledger has.
private func contradicted(_ history: History, _ ledger: [History.LedgerRow]) -> [Anomaly] {
    let rows = Dictionary(ledger.map { ($0.event, $0) }) { first, _ in first }
    return history.frames.filter(\.isReminder).compactMap { frame in
        guard let row = rows[frame.event] else { return nil }
        let outcome: ReminderEntry.Outcome = frame.isLate ? .late : .fired
        guard row.outcome != outcome.rawValue else { return nil }
        return Anomaly(
            "\(frame.socket) received \(frame.event), \(frame.isLate ? "late" : "in time"), which the ledger has as "
                + row.outcome,
            booking: frame.booking, at: frame.receivedAt)
    }
}
