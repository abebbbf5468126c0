import Bookings

/// The rare combinations of situations that a run reached.
package struct RunCoverage: Codable, Hashable, Sendable {
    /// The coverage marks, by name.
    package let marks: Set<String>
    /// Crashes by point, by the status of an answer of the same instant, and by a fault that was active besides.
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

    private static func cells(_ history: History) -> Set<String> {
        var cells: Set<String> = []
        for crash in history.crashes {
            let answers = history.calls.lazy.filter { $0.at == crash.at && $0.replica == crash.replica }
            let statuses = Set(answers.map { $0.status.map { "\($0)" } ?? "lost" })
            let own = "replica \(crash.replica) is down"
            let faults = Set(
                history.faultPeriods.filter { $0.from <= crash.at && $0.until >= crash.at && $0.name != own }
                    .map { $0.name.filter { !$0.isNumber } })
            for status in statuses.isEmpty ? ["idle"] : statuses {
                for fault in faults.isEmpty ? ["no other fault"] : faults {
                    cells.insert("\(crash.point.rawValue) / \(status) / \(fault)")
                }
            }
        }
        return cells
    }
}
