import Bookings
import Histogram

/// The result of a load test, as a table and as JSON.
package struct LoadReport {
    let settings: LoadSettings
    let measures: LoadMeasures

    package init(settings: LoadSettings, measures: LoadMeasures) {
        self.settings = settings
        self.measures = measures
    }

    package var verdicts: [(objective: LoadObjective, verdict: LoadObjective.Verdict)] {
        settings.objectives.map { ($0, $0.judge(measures)) }
    }

    /// The rows in their order: the kinds of requests, then the frames.
    var rows: [(name: String, sample: LoadSample, requests: LoadMeasures.Requests?)] {
        let kinds = LoadKind.allCases.compactMap { kind in
            measures.requests[kind].map { (kind.rawValue, $0.sample, Optional($0)) }
        }
        return settings.sockets > 0 ? kinds + [("frame", measures.frames.sample, nil)] : kinds
    }

    static let percentiles: [(name: String, value: Double)] = [
        ("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100),
    ]

    private func rate(_ sample: LoadSample) -> Double {
        (Double(sample.histogram.totalCount) / settings.plan.duration.inSeconds * 10).rounded() / 10
    }

    // MARK: - Text

    package var text: String {
        let head = ["", "rate/s", "p50", "p90", "p99", "p99.9", "max", "unsent", "statuses and errors"]
        let cells = rows.map { row in
            [row.name, "\(rate(row.sample))"] + Self.percentiles.map { latency(row.sample, $0.value) }
                + ["\(row.requests?.unsent ?? 0)", outcomes(row.requests)]
        }
        return (Self.table([head] + cells) + remarks).joined(separator: "\n")
    }

    private func latency(_ sample: LoadSample, _ percentile: Double) -> String {
        if sample.total == 0 { return "-" }
        return sample.latency(at: percentile)?.short ?? "lost"
    }

    private func outcomes(_ requests: LoadMeasures.Requests?) -> String {
        guard let requests else {
            let frames = measures.frames
            return "\(frames.owed) owed, \(frames.sample.lost) missing, \(frames.others) others"
        }
        let statuses = requests.statuses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let errors = requests.errors.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return (statuses + errors).joined(separator: ", ")
    }

    private var remarks: [String] {
        let lag = measures.lag
        let frames = measures.frames
        var lines = [
            "sent late by p50 \(latency(lag, 50)), p99 \(latency(lag, 99)), max \(latency(lag, 100)): of the latencies "
                + "above, what is this program's own"
        ]
        if settings.sockets > 0 {
            let errors = frames.socketErrors.sorted { $0.key < $1.key }.map { ", \($0.key): \($0.value)" }
            lines.append("sockets: \(frames.socketsOpen) open, \(frames.socketsLost) lost\(errors.joined())")
        }
        for (objective, verdict) in verdicts {
            switch verdict {
            case .reached(let text): lines.append("reached \(objective) (\(text))")
            case .missed(let text): lines.append("MISSED \(objective) (\(text))")
            }
        }
        return lines
    }

    /// Aligns the columns: numbers to the right; the last column keeps its width.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : column == row.count - 1 ? cell.0 : space + cell.0
            }.joined(separator: "  ")
        }
    }
}
