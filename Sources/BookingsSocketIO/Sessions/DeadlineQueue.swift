import Bookings
import HeapModule

/// The next deadline of each of many owners. Postponing a deadline costs one look-up.
///
/// A postponed deadline keeps its entry in the heap, and is inserted again when that entry is reached: every pong postpones
/// the heartbeat, and only the last of these deadlines is ever reached.
struct DeadlineQueue<Owner: Hashable, Instant: Comparable> {
    struct Entry: Comparable {
        let instant: Instant
        let owner: Owner

        static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }
        static func == (left: Self, right: Self) -> Bool { left.instant == right.instant }
    }

    private struct Deadline {
        var instant: Instant
        /// The instant of the owner's valid heap entry. Other entries of the owner are stale.
        var queued: Instant
    }

    /// At most about twice as many entries as deadlines.
    private(set) var heap = Heap<Entry>()
    private var deadlines: [Owner: Deadline] = [:]

    /// The instant at which to call `popDue` next, which may be earlier than the earliest deadline; `nil` without deadlines.
    var next: Instant? { heap.min?.instant }

    /// Sets or replaces the deadline of an owner.
    mutating func set(_ owner: Owner, at instant: Instant) {
        if let deadline = deadlines[owner], deadline.queued <= instant {
            deadlines[owner]?.instant = instant
            return
        }
        deadlines[owner] = Deadline(instant: instant, queued: instant)
        heap.insert(Entry(instant: instant, owner: owner))
        compact()
    }

    mutating func remove(_ owner: Owner) {
        deadlines[owner] = nil
        compact()
    }

    /// Removes and returns the owners whose deadline is reached.
    mutating func popDue(at now: Instant) -> [Owner] {
        var due: [Owner] = []
        while let entry = heap.min, entry.instant <= now {
            heap.removeMin()
            guard let deadline = deadlines[entry.owner], deadline.queued == entry.instant else { continue }
            if deadline.instant <= now {
                deadlines[entry.owner] = nil
                due.append(entry.owner)
            } else {
                deadlines[entry.owner]?.queued = deadline.instant
                heap.insert(Entry(instant: deadline.instant, owner: entry.owner))
            }
        }
        return due
    }

    /// Removes the stale entries when they are more than half of the heap.
    private mutating func compact() {
        guard heap.count > 2 * deadlines.count + 64 else { return }
        heap = Heap(deadlines.map { Entry(instant: $0.value.queued, owner: $0.key) })
    }
}
