import Bookings

extension LoadResult {
    /// The table and the remarks, for a terminal.
    package var text: String {
        let head = ["", "rate/s", "p50", "p90", "p99", "p99.9", "max", "unsent", "statuses and errors"]
        let cells = rows.map { row in
            [row.row.name, "\(rate(row.sample))"] + Self.percentiles.map { latency(row.sample, $0.value) }
                + ["\(row.requests?.unsent ?? 0)", outcomes(row)]
        }
        return (Self.table([head] + cells) + remarks).joined(separator: "\n")
    }

    private func latency(_ sample: LoadSample, _ percentile: Double) -> String {
        if sample.total == 0 { return "-" }
        return sample.latency(at: percentile)?.short ?? "lost"
    }

    private func outcomes(_ row: Row) -> String {
        guard let requests = row.requests else { return receipts(row.row) }
        let statuses = requests.statuses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let errors = requests.errors.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return (statuses + errors).joined(separator: ", ")
    }

    private func receipts(_ row: LoadRow) -> String {
        let frames = measures.frames
        switch row {
        case .frame:
            return "\(frames.owed) owed, \(frames.sample.lost) missing, \(frames.doubled) doubled, "
                + "\(frames.others) others"
        case .reminderLateness:
            let reminders = frames.reminders
            return "\(reminders.armed) armed, \(reminders.received) received, \(reminders.owed) receipts owed, "
                + "\(reminders.missing) missing, \(reminders.early) early, \(reminders.doubled) doubled"
        case .requests, .total, .frameAfterAnswer, .eventDelay: return ""
        }
    }

    private var remarks: [String] {
        let lag = measures.lag
        var lines = [
            "load generator: sent late by p50 \(latency(lag, 50)), p99 \(latency(lag, 99)), max \(latency(lag, 100)); "
                + "\(measures.usage.microsecondsPerRequest) us of processor time a request"
        ]
        if settings.listeners > 0 {
            let frames = measures.frames
            let errors = frames.socketErrors.sorted { $0.key < $1.key }.map { ", \($0.key): \($0.value)" }
            lines.append(
                "listeners: \(listenersOpened) of \(settings.listeners) connected, \(frames.socketsLost) lost"
                    + errors.joined())
        }
        if let limit { lines.append(Self.sentence(of: limit)) }
        if let stopReason { lines.append("ended early: \(stopReason)") }
        for (objective, verdict) in verdicts where !verdict.isMissed {
            lines.append("reached \(objective) (\(verdict.detail))")
        }
        lines += comparison.filter { !$0.isWorse }.map { "compared: \($0)" }
        return lines + failures
    }

    private static func sentence(of limit: LoadLimit) -> String {
        let held = limit.held.map { "\(Int($0)) requests a second held" } ?? "no rate held"
        let missed = limit.missed.map { ", \(Int($0)) did not" } ?? ""
        return "limit: \(held)\(missed)"
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
