import Bookings

/// The stretches of a run in which something was wrong, and what they excuse.
struct FaultWindow {
    /// How soon after the last heal all is as it should be.
    static let recovery = Duration.seconds(5)
    /// How late a thing may be while nothing is wrong.
    static let bound = Reminder.tolerance

    /// By time, none within `recovery` of another: a trouble that follows directly goes on with the one before.
    private var stretches: [(from: Timestamp, until: Timestamp)] = []

    init(_ troubles: [History.Trouble]) {
        for trouble in troubles.sorted(by: { ($0.from, $0.until) < ($1.from, $1.until) }) {
            if let last = stretches.last, trouble.from <= last.until + Self.recovery {
                stretches[stretches.count - 1].until = max(last.until, trouble.until)
            } else {
                stretches.append((trouble.from, trouble.until))
            }
        }
    }

    /// By when that which is owed at this instant is done.
    func deadline(of owed: Timestamp) -> Timestamp {
        let healthy = owed + Self.bound
        let next = stretches.bound { $0.until >= owed - Self.bound }
        guard next < stretches.count, stretches[next].from <= healthy else { return healthy }
        return max(healthy, stretches[next].until + Self.recovery)
    }

    /// Whether something was wrong within `recovery` of the instant.
    func touches(_ instant: Timestamp) -> Bool {
        let next = stretches.bound { $0.until + Self.recovery >= instant }
        return next < stretches.count && stretches[next].from - Self.recovery <= instant
    }
}

extension Array {
    /// The first place from which on the condition holds; it must not hold anywhere before that place.
    func bound(_ holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
