import Bookings

extension Checker {
    /// Compares each probe with the writes that the same replica answered at the same instant. Near the beginning and
    /// the end of a fault a probe may show what was right a moment before.
    static let healthTrue = Checker(
        "health-true", "A replica that is healthy and ready takes writes, and one whose store is down takes none."
    ) { history in
        let writes = Dictionary(
            grouping: history.exchanges.filter { $0.method == "POST" && $0.status != nil },
            by: { Moment(replica: $0.replica, at: $0.at) })
        return history.exchanges.flatMap { probe -> [Anomaly] in
            guard probe.path == "/health" || probe.path == "/health/ready", isSteady(probe.at, history) else {
                return []
            }
            let isUp = probe.status == 200
            return (writes[Moment(replica: probe.replica, at: probe.at)] ?? []).filter { write in
                (isUp && (write.status ?? 0) >= 500) || (!isUp && write.isSuccess)
            }.map {
                Anomaly(
                    "replica \(probe.replica) answered \(probe.path) with \(probe.status.map(String.init) ?? "nothing") "
                        + "and \($0.request ?? "a write") with \($0.status ?? 0)", at: probe.at)
            }
        }
    }
}

private struct Moment: Hashable { let replica: Int, at: Timestamp }

/// How long a probe may show an earlier result: the stores are asked at most once a second.
private let age = Duration.seconds(2)

/// Whether no fault began or ended shortly before, and none is active but a store that is away for a replica: others fail
/// single writes of a healthy service.
private func isSteady(_ instant: Timestamp, _ history: History) -> Bool {
    !history.faultPeriods.contains { fault in
        let isNear = [fault.from, fault.until].contains { $0 <= instant + age && instant <= $0 + age }
        let isActive = fault.from <= instant && instant <= fault.until
        return isNear || (isActive && !fault.name.hasSuffix("has no store"))
    }
}
