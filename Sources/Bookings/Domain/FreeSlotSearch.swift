/// The search for the earliest free slot in a provider's calendar, which is read in parts.
///
/// A refused write reports it. The search reads nothing itself: the store does what `next` says and hands in the result, so
/// that other work goes on between two parts and no part is long.
package struct FreeSlotSearch {
    /// What the search needs next.
    package enum Step: Hashable, Sendable {
        /// The held slots that start at or after the instant, the first `partSize` of them: call `receive`.
        case readHeld(from: Timestamp)
        /// The last held slot: call `receiveLast`.
        case readLast
        /// The search has ended.
        case found(TimeSlot)
    }

    /// The number of slots that one part has at most.
    package static let partSize = 1000
    /// The number of parts after which the search gives up the earliest slot for the one after the last booking.
    package static let maximumParts = 1000

    /// What to do next.
    package private(set) var next: Step
    /// No slot before it is free.
    private var candidate: TimeSlot
    private var parts = 0

    /// Begins with a slot of the requested length, before which none is free.
    package init(from candidate: TimeSlot) {
        self.candidate = candidate
        next = .readHeld(from: candidate.start)
    }

    /// Takes the slots that were read, by ascending start.
    package mutating func receive(_ held: [TimeSlot]) {
        candidate = candidate.firstFree(among: held)
        parts += 1
        let isFree = held.count < Self.partSize || held.last.map { $0.start >= candidate.end } ?? true
        next = isFree ? .found(candidate) : parts < Self.maximumParts ? .readHeld(from: candidate.start) : .readLast
    }

    /// Takes the last held slot; `nil` when there is none.
    package mutating func receiveLast(_ last: TimeSlot?) {
        let start = max(candidate.start, last?.end ?? candidate.start)
        next = .found(.stored(start: start, end: start + candidate.length))
    }
}
