import Bookings
import HeapModule

/// The next deadline of each of many owners. To move one back costs nothing but a look-up.
///
/// A deadline that is moved back keeps its place in the heap, and is put where it belongs when its turn comes: a
/// heartbeat moves it with every packet, and only one in 25 s is ever looked at.
struct DeadlineQueue<Owner: Hashable, Instant: Comparable> {
    private struct Entry: Comparable {
        let instant: Instant
        let owner: Owner

        static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }
        static func == (left: Self, right: Self) -> Bool { left.instant == right.instant }
    }

    private struct Deadline {
        var instant: Instant
        /// The instant of the heap's entry that counts for it. Others of the same owner are stale.
        var queued: Instant
    }

    private var heap = Heap<Entry>()
    private var deadlines: [Owner: Deadline] = [:]

    /// The instant at which to call `popDue` next: never later than the earliest deadline, at times earlier.
    var next: Instant? { heap.min?.instant }

    /// How many entries the heap holds, stale ones too: at most twice the deadlines, and some.
    var storedCount: Int { heap.count }

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

    /// Takes out the owners whose deadline has come.
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

    /// Drops stale entries when they are the most.
    private mutating func compact() {
        guard heap.count > 2 * deadlines.count + 64 else { return }
        heap = Heap(deadlines.map { Entry(instant: $0.value.queued, owner: $0.key) })
    }
}
