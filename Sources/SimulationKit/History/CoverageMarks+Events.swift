import Bookings

extension CoverageMark {
    static func countReminders(_ history: History) -> [CoverageMark: Int] {
        let reminders = history.log.filter(\.isReminder)
        let instants = Dictionary(grouping: reminders, by: \.occurredAt)
        struct Times: Hashable { let booking: BookingID?, start: Timestamp }
        let times = Dictionary(grouping: reminders) { Times(booking: $0.booking, start: $0.start) }
        return [
            .lateReminder: Set(history.frames.filter { $0.isReminder && $0.isLate }.map(\.event)).count,
            .reminderOfMovedBooking: ofMovedBookings(history.log),
            .twoRemindersOfTwoLeads: times.values.count { Set($0.map(\.lead)).count > 1 },
            .remindersSameInstant: instants.values.count { $0.count >= 10 },
            .resumeWithGap: resumes(history.frames),
        ].merging(countStalls(history), uniquingKeysWith: +)
    }

    /// Clients that had stopped reading, by whether they went on where they were or on a new connection.
    private static func countStalls(_ history: History) -> [CoverageMark: Int] {
        var counts: [CoverageMark: Int] = [:]
        for (name, frames) in Dictionary(grouping: history.frames, by: \.socket) {
            for stall in history.troubles where stall.what == History.Trouble.stall(of: name) {
                let waited = frames.filter {
                    stall.from <= $0.occurredAt && $0.occurredAt < stall.until && stall.until <= $0.receivedAt
                }
                guard let last = waited.last else { continue }
                let before = frames.last { $0.receivedAt < stall.from }?.connection ?? last.connection
                counts[.stalledReader, default: 0] += 1
                if last.connection != before || waited[0].connection != before {
                    counts[.stalledReaderDropped, default: 0] += 1
                }
            }
        }
        return counts
    }

    private static func ofMovedBookings(_ log: [History.Logged]) -> Int {
        var moved: Set<BookingID> = []
        return log.count { logged in
            guard let booking = logged.booking else { return false }
            if logged.name == EventName.rescheduled.rawValue { moved.insert(booking) }
            return logged.isReminder && moved.contains(booking)
        }
    }

    /// Later connections of a socket that began with what had occurred before, and that it had not had.
    private static func resumes(_ frames: [History.Frame]) -> Int {
        struct Connection: Hashable { let socket: String, number: Int }
        struct Copy: Hashable { let socket: String, event: String }
        var first: [String: Int] = [:]
        var had: Set<Copy> = []
        var resumed: Set<Connection> = []
        for frame in frames where frame.isEvent {
            let isNew = had.insert(Copy(socket: frame.socket, event: frame.event)).inserted
            if first[frame.socket] == nil { first[frame.socket] = frame.connection }
            guard isNew, frame.connection != first[frame.socket], frame.occurredAt < frame.receivedAt else { continue }
            resumed.insert(Connection(socket: frame.socket, number: frame.connection))
        }
        return resumed.count
    }

    static func countPages(_ history: History) -> [CoverageMark: Int] {
        let ends = Set(
            history.finals.values.map(\.row.end) + history.calls.compactMap { $0.isSuccess ? $0.row?.end : nil })
        return [
            .insertBetweenPages: history.walks.reduce(0) { $0 + $1.inserts },
            .boundaryPartition: history.partitions.count { ends.contains($0.instant) },
        ]
    }
}
