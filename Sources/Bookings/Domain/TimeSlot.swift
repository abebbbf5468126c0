/// A half-open interval `[start, end)` that is not empty. Slots that touch do not overlap.
package struct TimeSlot: Hashable, Sendable {
    /// The first instant of the slot.
    package let start: Timestamp
    /// The first instant after the slot.
    package let end: Timestamp

    /// The reason why two instants are not a slot that can be booked.
    package enum IntervalError: Error, Equatable {
        case endNotAfterStart
        /// The slot is longer than `longest`.
        case longerThanADay
    }

    /// The maximum length of a slot, a day.
    package static let longest = Duration.seconds(24 * 60 * 60)

    /// Creates a slot from input.
    package init(start: Timestamp, end: Timestamp) throws(IntervalError) {
        guard end > start else { throw .endNotAfterStart }
        guard start.duration(to: end) <= Self.longest else { throw .longerThanADay }
        self.init(unchecked: start, end)
    }

    private init(unchecked start: Timestamp, _ end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// Returns a slot of the store, whose length was checked when it was written, or one derived from it. An end that
    /// is not after the start is a programming error.
    package static func stored(start: Timestamp, end: Timestamp) -> TimeSlot {
        precondition(end > start, "A stored slot ends after it starts.")
        return TimeSlot(unchecked: start, end)
    }

    /// The time from start to end.
    package var length: Duration { start.duration(to: end) }

    /// Returns whether both slots have an instant in common.
    package func overlaps(_ other: TimeSlot) -> Bool {
        start < other.end && other.start < end
    }

    /// Returns the earliest slot of this length, at or after this start, that overlaps none of `taken`.
    ///
    /// - Parameter taken: Slots by ascending start, none of which overlaps another.
    package func firstFree(among taken: some Sequence<TimeSlot>) -> TimeSlot {
        var candidate = self
        for slot in taken where slot.overlaps(candidate) {
            candidate = TimeSlot(unchecked: slot.end, slot.end + length)
        }
        return candidate
    }
}
