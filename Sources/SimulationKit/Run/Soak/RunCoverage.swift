import Bookings

/// The rare combinations of situations that a run reached.
package struct RunCoverage: Codable, Hashable, Sendable {
    /// The coverage marks, by name.
    package let marks: Set<String>
    /// Crashes by point, by the status of a booking that the replica was working on, and by a fault that was active
    /// besides.
    package let cells: Set<String>

    /// The pairs of marks, each written in the order of their names.
    package var pairs: Set<String> { Self.pairs(of: marks) }

    package init(_ outcome: Simulation.Outcome) {
        marks = Set(outcome.result.marks.filter { $0.value > 0 }.keys)
        cells = Self.cells(outcome.history)
    }

    init(marks: Set<String>, cells: Set<String> = []) {
        self.marks = marks
        self.cells = cells
    }

    static func pairs(of marks: Set<String>) -> Set<String> {
        let sorted = marks.sorted()
        return Set(sorted.indices.flatMap { first in sorted[(first + 1)...].map { pair(sorted[first], $0) } })
    }

    static func pair(_ first: String, _ second: String) -> String {
        first < second ? "\(first) + \(second)" : "\(second) + \(first)"
    }

    static func cells(_ history: History) -> Set<String> {
        guard !history.crashes.isEmpty else { return [] }
        let statuses = StatusesAtCrash(history)
        var cells: Set<String> = []
        for crash in history.crashes {
            let own = "replica \(crash.replica) is down"
            let faults = Set(
                history.faultPeriods.filter { $0.from <= crash.at && $0.until >= crash.at && $0.name != own }
                    .map { Fault.windowKind($0.name) })
            for status in statuses.of(crash) {
                for fault in faults.isEmpty ? [noOtherFault] : faults {
                    cells.insert(cell(crash.point, status, fault))
                }
            }
        }
        return cells
    }

    static let noOtherFault = "no other fault"

    static func cell(_ point: CrashPoint, _ status: String, _ fault: String) -> String {
        "\(point.rawValue) / \(status) / \(fault)"
    }
}

/// The statuses of the bookings that a replica was working on when it crashed.
private struct StatusesAtCrash {
    private let history: History
    /// By booking: its statuses, each with the number and the instant of the answer that showed it.
    private var shown: [BookingID: [(answered: Int, at: Timestamp, status: BookingStatus)]] = [:]

    init(_ history: History) {
        self.history = history
        for call in history.calls {
            guard let row = call.row else { continue }
            shown[row.id, default: []].append((call.answered, call.at, row.status))
        }
    }

    /// Returns the status of each booking that was being written or reminded of; `new` for one that was being made, and
    /// `none` when there was no booking.
    func of(_ crash: History.Crash) -> Set<String> {
        let calls = history.calls.filter { $0.at == crash.at && $0.replica == crash.replica && $0.isWrite }
        let written = calls.map { call in
            call.booking.flatMap { id in shown[id]?.last { $0.answered < call.sent }?.status.rawValue } ?? "new"
        }
        let reminded = history.log.filter { $0.occurredAt == crash.at && $0.isReminder }.compactMap { entry in
            entry.booking.flatMap { id in shown[id]?.last { $0.at <= crash.at }?.status.rawValue }
        }
        let all = Set(written + (calls.isEmpty ? reminded : []))
        return all.isEmpty ? ["none"] : all
    }
}
