import Bookings

/// The search for the place in the log where the readable events begin.
///
/// The instants of events ascend with their positions, so the place is searched for: from the floor in steps that double,
/// then by halving. What expired since the floor was last raised costs its logarithm, not its number. Where a clock was set
/// back, the result is one of the places where an expired event is followed by a readable one.
enum RetentionBoundary {
    /// Returns the position just before the oldest event that occurred at or after `keptSince`; `head` when there is none.
    ///
    /// - Parameters:
    ///   - floor: No event up to it is readable.
    ///   - firstAfter: Returns the position and the instant of the first event after a position.
    static func search(
        from floor: LogPosition, to head: LogPosition, keptSince: Timestamp,
        firstAfter: (LogPosition) throws -> (position: LogPosition, occurredAt: Timestamp)?
    ) rethrows -> LogPosition {
        guard let first = try firstAfter(floor) else { return head }
        if first.occurredAt >= keptSince { return LogPosition(first.position.number - 1) }
        // No event up to `low` is readable; the first event after `high` is readable, or there is none.
        var (low, high) = (first.position.number, head.number)
        // Zero once the search halves.
        var step: Int64 = 1
        while low < high {
            let probe = step > 0 ? min(low + step, high) : low + (high - low) / 2
            if let next = try firstAfter(LogPosition(probe)), next.occurredAt < keptSince {
                low = next.position.number
                step *= 2
            } else {
                high = probe
                step = 0
            }
        }
        return LogPosition(high)
    }
}
