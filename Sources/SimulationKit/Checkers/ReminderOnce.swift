import Bookings

extension Checker {
    /// Reads the log, whose order is exact, and the frames. A further copy of an event on a socket is excused when it
    /// has the same id, comes on another connection, and a fault was active within five seconds.
    static let reminderOnce = Checker(
        "reminder-once",
        "There is one reminder for each booking, version of its times and lead; "
            + "an extra copy has the same id and comes around a fault."
    ) { recordedTwice($0) + tooManyIDs($0) + receivedTwice($0) }
}

/// A reminder in the log belongs to the times that the booking took last.
private func recordedTwice(_ history: History) -> [Anomaly] {
    struct Key: Hashable { let booking: BookingID, timesVersion: Int, start: Timestamp, lead: Int64? }
    var timesVersions: [BookingID: Int] = [:]
    var seen: Set<Key> = []
    return history.log.compactMap { entry in
        guard let booking = entry.booking else { return nil }
        if entry.setsTimes { timesVersions[booking, default: 0] += 1 }
        guard entry.isReminder else { return nil }
        let key = Key(
            booking: booking, timesVersion: timesVersions[booking] ?? 0, start: entry.start, lead: entry.lead)
        guard !seen.insert(key).inserted else { return nil }
        return Anomaly(
            "\(entry.event) repeats a reminder of \(booking)", booking: booking, at: entry.occurredAt)
    }
}

/// A booking that moves away and back takes the same times twice, and may have two reminders of them.
private func tooManyIDs(_ history: History) -> [Anomaly] {
    struct Times: Hashable { let booking: BookingID, start: Timestamp }
    struct Key: Hashable { let times: Times, lead: Int64? }
    var timesTaken: [Times: Int] = [:]
    for entry in history.log where entry.setsTimes {
        if let booking = entry.booking { timesTaken[Times(booking: booking, start: entry.start), default: 0] += 1 }
    }
    var ids: [Key: Set<String>] = [:]
    return history.frames.filter(\.isReminder).compactMap { frame in
        guard let booking = frame.booking else { return nil }
        let times = Times(booking: booking, start: frame.start)
        let key = Key(times: times, lead: frame.lead)
        // Each new id beyond the number of times that the booking took this start is one reminder too many.
        let isNew = ids[key, default: []].insert(frame.event).inserted
        let count = ids[key]?.count ?? 0
        guard isNew, count > max(timesTaken[times] ?? 0, 1) else { return nil }
        return Anomaly(
            "\(count) different reminders of \(booking) were sent", booking: booking, at: frame.receivedAt)
    }
}

/// Deliveries of the same event to a socket that no fault excuses.
private func receivedTwice(_ history: History) -> [Anomaly] {
    let duplicates = DuplicateDeliveries(history.faultPeriods)
    return duplicates.unexcused(in: history.frames.filter(\.isReminder)).map { frame in
        Anomaly("\(frame.socket) received \(frame.event) again", booking: frame.booking, at: frame.receivedAt)
    }
}
