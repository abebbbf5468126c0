import Bookings

/// A reminder that the service owes for a version of a booking.
struct OwedReminder {
    let row: History.Row
    let lead: Duration
    /// The start minus the lead, or the instant at which the version was made if that is later.
    let due: Timestamp
    /// The latest instant at which the reminder may be recorded.
    let deadline: Timestamp

    /// Whether no fault extends the deadline. Then listeners must receive the reminder by it, too.
    var isDueWhileHealthy: Bool { deadline == due + DegradedPeriods.healthyBound }

    /// Returns the reminders that are certainly owed: one for each lead of each confirmed version.
    ///
    /// A version owes nothing when the run ends, a later version may exist or the booking starts before the deadline.
    static func all(in history: History) -> [OwedReminder] {
        let degraded = DegradedPeriods(history.faultPeriods)
        return BookingTimeline.all(in: history).flatMap(\.versions).flatMap { version -> [OwedReminder] in
            guard version.row.status == .confirmed, let takenAt = version.takenAt, takenAt <= version.row.start
            else { return [] }
            return history.leads.compactMap { lead in
                let due = max(version.row.start - lead, takenAt)
                let deadline = degraded.deadline(for: due)
                guard deadline <= history.endedAt, deadline < version.replacedAt,
                    deadline <= version.row.start + DegradedPeriods.healthyBound
                else { return nil }
                return OwedReminder(row: version.row, lead: lead, due: due, deadline: deadline)
            }
        }
    }
}

/// When each socket received each reminder first, and when each of its connections began.
struct ReminderReceipts {
    private struct Key: Hashable { let socket: String, event: String }
    private let history: History
    private let sockets: [String]
    private var received: [Key: History.Frame] = [:]
    /// The first frame of each connection, by socket.
    private var openings: [String: [(at: Timestamp, connection: Int)]] = [:]

    init(_ history: History) {
        self.history = history
        sockets = history.listeners.filter(\.value.isLive).keys.sorted()
        for frame in history.frames {
            if openings[frame.socket]?.last?.connection != frame.connection {
                openings[frame.socket, default: []].append((frame.receivedAt, frame.connection))
            }
            let key = Key(socket: frame.socket, event: frame.event)
            if frame.isReminder, received[key] == nil { received[key] = frame }
        }
    }

    /// A socket to which a reminder came too late, or not at all.
    struct LateListener {
        let socket: String
        /// `nil` when it never came.
        let receivedAt: Timestamp?
    }

    /// Returns the first socket that may see the reminder at the log position and received it too late, or never.
    func firstLateListener(for position: Int, _ reminder: OwedReminder) -> LateListener? {
        for socket in sockets {
            guard let listener = history.listeners[socket], listener.startPosition <= position,
                history.maySee(listener.caller, provider: reminder.row.provider, customer: reminder.row.customer)
            else { continue }
            let frame = received[Key(socket: socket, event: history.log[position].event)]
            guard let frame else { return LateListener(socket: socket, receivedAt: nil) }
            if frame.receivedAt > reminder.due + DegradedPeriods.healthyBound,
                !reconnected(socket, after: reminder.due, before: frame)
            {
                return LateListener(socket: socket, receivedAt: frame.receivedAt)
            }
        }
        return nil
    }

    /// Whether the frame came on another connection than the one that was open at `due`: the socket was disconnected,
    /// and the reminder was among the events that it missed.
    private func reconnected(_ socket: String, after due: Timestamp, before frame: History.Frame) -> Bool {
        let openings = openings[socket] ?? []
        let open = openings.last { $0.at <= due } ?? openings.first
        return open.map { $0.connection != frame.connection } ?? false
    }
}
