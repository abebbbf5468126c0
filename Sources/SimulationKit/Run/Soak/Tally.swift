import Bookings

/// The sum of the runs of a soak.
package struct Tally: Sendable {
    package private(set) var runs = 0
    package private(set) var virtualSeconds = 0.0
    package var wall = Duration.zero
    /// How often each coverage mark was reached.
    package private(set) var marks: [String: Int] = [:]
    /// In how many runs each was reached.
    package private(set) var runsWithMark: [String: Int] = [:]
    /// In how many runs each pair of marks and each cell was reached, those of the corpus included.
    package var reached: [String: Int] = [:]
    /// The commands that repeat the failures, with how each run ended.
    package private(set) var failed: [(line: String, outcome: RunResult.Outcome)] = []

    mutating func add(_ run: Soak.Run, _ coverage: RunCoverage) {
        let result = run.outcome.result
        runs += 1
        virtualSeconds += result.figures.virtualSeconds
        marks.merge(result.marks, uniquingKeysWith: +)
        for mark in coverage.marks { runsWithMark[mark, default: 0] += 1 }
        if result.outcome != .passed { failed.append((run.configuration.line, result.outcome)) }
    }

    package var summary: String {
        let perMinute = Double(runs) / max(wall.inSeconds / 60, 0.001)
        return """
            \(runs) runs in \(Verdict.decimal(wall.inSeconds)) s (\(Verdict.decimal(perMinute)) a minute), \
            \(Verdict.decimal(virtualSeconds / 3600)) virtual hours, \(failed.count) failed
            """
    }

    /// The coverage of the soak.
    package func coverage(on stores: Stores) -> CoverageTable {
        CoverageTable(marks: runsWithMark, reached: reached, stores: stores)
    }
}
