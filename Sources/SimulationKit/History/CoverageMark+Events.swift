import Bookings

/// The marks that are counted in the log and the frames.
extension CoverageMark {
    static let lateReminder = CoverageMark("late-reminder", "a reminder was late and marked as late") {
        Set($0.frames.filter { $0.isReminder && $0.isLate }.map(\.event)).count
    }
    static let reminderOfMovedBooking = CoverageMark(
        "reminder-of-moved-booking", "a reminder was sent for the times to which a booking was moved"
    ) { remindersOfMovedBookings($0.log) }
    static let twoRemindersOfTwoLeads = CoverageMark(
        "two-reminders-of-two-leads", "two reminders of one booking were sent for two leads"
    ) { history in
        struct Times: Hashable { let booking: BookingID?, start: Timestamp }
        let reminders = history.log.filter(\.isReminder)
        return Dictionary(grouping: reminders) { Times(booking: $0.booking, start: $0.start) }
            .values.count { Set($0.map(\.lead)).count > 1 }
    }
    static let remindersSameInstant = CoverageMark(
        "reminders-same-instant", "ten reminders or more were recorded at one instant"
    ) { Dictionary(grouping: $0.log.filter(\.isReminder), by: \.occurredAt).values.count { $0.count >= 10 } }
    static let resumeWithGap = CoverageMark(
        "resume-with-gap", "a socket reconnected and received the events that it had missed"
    ) { resumedConnections($0.frames) }
    static let resync = CoverageMark("resync", "a client came back later than the service keeps events") {
        $0.listeners.values.reduce(0) { $0 + $1.resyncs.count }
    }
    static let stalledReader = CoverageMark(
        "stalled-reader", "a client that had stopped reading received what was waiting for it"
    ) { stalls($0).count }
    static let stalledReaderDropped = CoverageMark(
        "stalled-reader-dropped", "a client that had stopped reading was disconnected"
    ) { stalls($0).count(where: \.wasDropped) }
    static let insertBetweenPages = CoverageMark(
        "insert-between-pages", "a booking was created between two pages of a walk"
    ) { $0.walks.reduce(0) { $0 + $1.inserts } }
    static let boundaryPartition = CoverageMark(
        "boundary-partition", "upcoming and past were read at the instant at which a booking ended"
    ) { history in
        let ends = Set(
            history.finalStates.values.map(\.row.end)
                + history.calls.compactMap { $0.isSuccess ? $0.row?.end : nil })
        return history.partitions.count { ends.contains($0.instant) }
    }
}

private func remindersOfMovedBookings(_ log: [History.LogEntry]) -> Int {
    var moved: Set<BookingID> = []
    return log.count { entry in
        guard let booking = entry.booking else { return false }
        if entry.name == EventName.rescheduled.rawValue { moved.insert(booking) }
        return entry.isReminder && moved.contains(booking)
    }
}

/// Returns the stalls after which the client received events that had occurred meanwhile, and for each whether that was
/// on another connection than before.
private func stalls(_ history: History) -> [(socket: String, wasDropped: Bool)] {
    Dictionary(grouping: history.frames, by: \.socket).flatMap { socket, frames in
        history.faultPeriods.filter { $0.name == History.FaultPeriod.stall(of: socket) }.compactMap { stall in
            let delayed = frames.filter {
                stall.from <= $0.occurredAt && $0.occurredAt < stall.until && stall.until <= $0.receivedAt
            }
            guard let first = delayed.first, let last = delayed.last else { return nil }
            let before = frames.last { $0.receivedAt < stall.from }?.connection ?? last.connection
            return (socket, last.connection != before || first.connection != before)
        }
    }
}

/// Returns how many later connections of a socket began with events that had occurred before and were new to it.
private func resumedConnections(_ frames: [History.Frame]) -> Int {
    struct Connection: Hashable { let socket: String, number: Int }
    struct Delivery: Hashable { let socket: String, event: String }
    var first: [String: Int] = [:]
    var received: Set<Delivery> = []
    var resumed: Set<Connection> = []
    for frame in frames where frame.isEvent {
        let isNew = received.insert(Delivery(socket: frame.socket, event: frame.event)).inserted
        if first[frame.socket] == nil { first[frame.socket] = frame.connection }
        guard isNew, frame.connection != first[frame.socket], frame.occurredAt < frame.receivedAt else { continue }
        resumed.insert(Connection(socket: frame.socket, number: frame.connection))
    }
    return resumed.count
}
