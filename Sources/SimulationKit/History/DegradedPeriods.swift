import Bookings

/// The periods of a run in which a fault was active, merged, and how far they extend a deadline.
///
/// The service may be late while a fault lasts and for `recovery` after the last heal. Faults that follow each other
/// within `recovery` form one period, since the service never had the time to recover between them.
struct DegradedPeriods {
    /// The time after the last heal within which the service is healthy again.
    static let recovery = Duration.seconds(5)
    /// How late a reminder may be while no fault is active.
    static let healthyBound = Reminder.tolerance

    /// In ascending order, none within `recovery` of another.
    private var periods: [(from: Timestamp, until: Timestamp)] = []

    init(_ faults: [History.FaultPeriod]) {
        for fault in faults.sorted(by: { ($0.from, $0.until) < ($1.from, $1.until) }) {
            if let last = periods.last, fault.from <= last.until + Self.recovery {
                periods[periods.count - 1].until = max(last.until, fault.until)
            } else {
                periods.append((fault.from, fault.until))
            }
        }
    }

    /// Returns the latest instant at which something due at `due` may be done.
    func deadline(for due: Timestamp) -> Timestamp {
        let healthy = due + Self.healthyBound
        let next = periods.partitioningIndex { $0.until >= due - Self.healthyBound }
        guard next < periods.count, periods[next].from <= healthy else { return healthy }
        return max(healthy, periods[next].until + Self.recovery)
    }

    /// Returns whether a fault was active within `recovery` of `instant`.
    func isNearFault(_ instant: Timestamp) -> Bool {
        let next = periods.partitioningIndex { $0.until + Self.recovery >= instant }
        return next < periods.count && periods[next].from - Self.recovery <= instant
    }
}

extension Array {
    /// Returns the index of the first element that satisfies the predicate, by binary search.
    ///
    /// The array must be partitioned: no element that satisfies the predicate comes before one that does not.
    func partitioningIndex(where belongsToSecond: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsToSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
