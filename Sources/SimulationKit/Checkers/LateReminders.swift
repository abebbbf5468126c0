import Bookings

/// Reminders that did not come in time.
enum LateReminders {
    /// A reminder that a booking is owed while it stands confirmed at its times.
    private struct OwedReminder {
        let row: History.Row
        let lead: Duration
        let owed: Timestamp
        let deadline: Timestamp

        /// While nothing is wrong, each listener is owed it as soon.
        var isHealthy: Bool { deadline == owed + FaultWindow.bound }
    }

    static func find(_ history: History) -> [Finding] {
        let recorded = recordedByVersion(history.log)
        let logged = LogIndex(history.log)
        let audience = Audience(history)
        return debts(history).compactMap { debt in
            let key = VersionKey(booking: debt.row.id, version: debt.row.version)
            // A version that the log lacks is `event-gapless`'s to name: nobody can tell which reminders were its.
            guard logged.changes[key] != nil else { return nil }
            let place = recorded[key]?.first {
                let one = history.log[$0]
                return one.start == debt.row.start && one.lead == debt.lead.wholeMilliseconds
                    && one.occurredAt <= debt.deadline
            }
            guard let place else { return finding(debt, "was not recorded by then") }
            guard debt.isHealthy else { return nil }
            return audience.late(for: place, of: debt.row, owed: debt.owed).map { finding(debt, "did not reach \($0)") }
        }
    }

    /// Each confirmed version has taken its times, or was confirmed at them: it arms one reminder a lead.
    private static func debts(_ history: History) -> [OwedReminder] {
        let troubled = FaultWindow(history.troubles)
        return Lives.of(history).flatMap(\.stages).flatMap { stage -> [OwedReminder] in
            guard stage.row.status == .confirmed, let at = stage.at, at <= stage.row.start else { return [] }
            return history.leads.compactMap { lead in
                let owed = max(stage.row.start - lead, at)
                let deadline = troubled.deadline(of: owed)
                guard deadline <= history.endedAt, deadline < stage.untilAt,
                    deadline <= stage.row.start + FaultWindow.bound
                else { return nil }
                return OwedReminder(row: stage.row, lead: lead, owed: owed, deadline: deadline)
            }
        }
    }

    /// The places of the reminders that the log holds after each change of a booking, and before its next.
    private static func recordedByVersion(_ log: [History.Logged]) -> [VersionKey: [Int]] {
        var versions: [BookingID: Int] = [:]
        var places: [VersionKey: [Int]] = [:]
        for (place, logged) in log.enumerated() {
            guard let booking = logged.booking else { continue }
            if logged.isReminder {
                places[VersionKey(booking: booking, version: versions[booking] ?? 0), default: []].append(place)
            } else {
                versions[booking] = logged.version
            }
        }
        return places
    }

    private static func finding(_ debt: OwedReminder, _ what: String) -> Finding {
        Finding(
            "\(debt.row.id) was owed one at \(RFC3339.string(debt.owed)), by \(RFC3339.string(debt.deadline)): it \(what)",
            booking: debt.row.id, at: debt.owed)
    }
}

/// Who listens, and when each heard which reminder first.
private struct Audience {
    private struct Key: Hashable { let socket: String, event: String }
    private let history: History
    private let names: [String]
    private var heard: [Key: History.Frame] = [:]
    /// Of each socket, when each of its connections gave its first event.
    private var openings: [String: [(at: Timestamp, connection: Int)]] = [:]

    init(_ history: History) {
        self.history = history
        names = history.listeners.keys.sorted()
        for frame in history.frames {
            if openings[frame.socket]?.last?.connection != frame.connection {
                openings[frame.socket, default: []].append((frame.receivedAt, frame.connection))
            }
            let key = Key(socket: frame.socket, event: frame.event)
            if frame.isReminder, heard[key] == nil { heard[key] = frame }
        }
    }

    /// The first listener that may see the reminder and had it too late, or not at all.
    func late(for place: Int, of row: History.Row, owed: Timestamp) -> String? {
        names.first { name in
            guard let listener = history.listeners[name], listener.from <= place,
                history.maySee(listener.caller, provider: row.provider, customer: row.customer)
            else { return false }
            guard let frame = heard[Key(socket: name, event: history.log[place].event)] else { return true }
            return frame.receivedAt > owed + FaultWindow.bound && !wasAway(name, at: owed, until: frame)
        }
    }

    /// Whether the socket came back on a new connection meanwhile, with this among what it had missed.
    private func wasAway(_ name: String, at owed: Timestamp, until frame: History.Frame) -> Bool {
        let openings = openings[name] ?? []
        let before = openings.last { $0.at <= owed } ?? openings.first
        return before.map { $0.connection != frame.connection } ?? false
    }
}
