import Bookings

extension Checker {
    /// Compares the sum over all replicas of what they counted, as read after the run, with the history. A run with faults
    /// is left out: a replica that restarts begins to count anew, and clients do not see every write.
    static let metricsTrue = Checker("metrics-true", "The counters of the service equal what the history counts.") {
        history in
        let counters = history.counters
        guard history.faultPeriods.isEmpty, history.clockTolerance == .zero, !counters.isEmpty,
            !history.calls.contains(where: \.hasUnknownWrite)
        else {
            return []
        }
        return expected(history).compactMap { name, count in
            let shown = counters[name] ?? 0
            guard shown != count else { return nil }
            return Anomaly("\(name) is \(shown), but the history counts \(count)", at: history.endedAt)
        }
    }
}

private func expected(_ history: History) -> [(String, Int)] {
    let writes = history.calls.filter { $0.isWrite && !$0.isReplay }
    let reminders = history.log.filter(\.isReminder)
    let late = reminders.count { $0.payload?.contains("\"late\":true") ?? false }
    return [
        ("bookings_created_total", writes.count { $0.kind == .create && $0.isSuccess }),
        ("bookings_conflicts_total", writes.count(where: \.isConflict)),
        ("booking_reminders_total{outcome=\"on_time\"}", reminders.count - late),
        ("booking_reminders_total{outcome=\"late\"}", late),
    ]
}

extension History {
    /// The counters of all replicas together, by name and labels, as they were read last; empty when they were not read.
    fileprivate var counters: [String: Int] {
        let last = Dictionary(
            exchanges.filter { $0.path == "/metrics" && $0.status == 200 }.map { ($0.replica, $0.body) },
            uniquingKeysWith: { _, later in later })
        return last.values.reduce(into: [:]) { sum, text in
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                let parts = line.split(separator: " ")
                guard parts.count == 2, let count = Double(parts[1]), count.isFinite, abs(count) < 1e15 else {
                    continue
                }
                sum[String(parts[0]), default: 0] += Int(count)
            }
        }
    }
}

extension History.Call {
    fileprivate var hasUnknownWrite: Bool { isWrite && hasUnknownOutcome }
}
