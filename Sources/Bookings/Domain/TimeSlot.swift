/// A half-open interval `[start, end)` that is not empty: slots that touch do not overlap.
package struct TimeSlot: Hashable, Sendable {
    package let start: Timestamp
    package let end: Timestamp

    /// Why two instants make no slot that can be booked.
    package enum Fault: Error, Equatable {
        case endNotAfterStart
        case longerThanADay
    }

    package static let longest = Duration.seconds(24 * 60 * 60)

    package init(start: Timestamp, end: Timestamp) throws(Fault) {
        guard end > start else { throw .endNotAfterStart }
        guard start.duration(to: end) <= Self.longest else { throw .longerThanADay }
        self.init(unchecked: start, end)
    }

    private init(unchecked start: Timestamp, _ end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// A slot that was checked when it was stored, or built out of such a one.
    package static func stored(start: Timestamp, end: Timestamp) -> TimeSlot {
        precondition(end > start, "A stored slot ends after it starts.")
        return TimeSlot(unchecked: start, end)
    }

    package var length: Duration { start.duration(to: end) }

    package func overlaps(_ other: TimeSlot) -> Bool {
        start < other.end && other.start < end
    }

    /// The earliest slot of this length, at or after this start, that touches none of the others.
    ///
    /// `taken`: the slots in the way, by ascending start, none overlapping another.
    package func firstFree(among taken: some Sequence<TimeSlot>) -> TimeSlot {
        var candidate = self
        for slot in taken where slot.overlaps(candidate) {
            candidate = TimeSlot(unchecked: slot.end, slot.end + length)
        }
        return candidate
    }
}
