import Bookings

/// The bookings of one provider at one point of an order of operations.
struct ProviderState {
    /// A booking in its current version.
    struct Entry: Hashable {
        var version: Int
        var status: BookingStatus
        var slot: TimeSlot
        let customer: String?
    }

    private(set) var bookings: [BookingID: Entry] = [:]
    /// The held slots that touch each day, by their start.
    private var held: [Int64: [(booking: BookingID, slot: TimeSlot)]] = [:]
    /// Differs between states with a probability of 1 - 2^-128. It is changed with each change, not computed anew.
    private(set) var fingerprint = Fingerprint()

    private static let day: Int64 = 86_400_000

    /// Replaces a booking; `nil` removes it. Returns what was there.
    @discardableResult
    mutating func set(_ id: BookingID, _ entry: Entry?) -> Entry? {
        let old = bookings[id]
        if let old {
            if old.status.holdsSlot { release(id, old.slot) }
            fingerprint.toggle(id, old)
        }
        bookings[id] = entry
        if let entry {
            if entry.status.holdsSlot { hold(id, entry.slot) }
            fingerprint.toggle(id, entry)
        }
        return old
    }

    /// Returns why a slot is not free: the first slot in the way, and the first free one of the same length at or after
    /// it. Returns `nil` for a free slot. The booking `ignored` does not count.
    func conflict(with wished: TimeSlot, ignoring ignored: BookingID?) -> (blocking: TimeSlot, nextFree: TimeSlot)? {
        var blocking: TimeSlot?
        var candidate = wished
        var day = wished.start.milliseconds / Self.day
        while day * Self.day < candidate.end.milliseconds {
            for other in held[day] ?? [] where other.booking != ignored && other.slot.end > candidate.start {
                if other.slot.start >= candidate.end { break }
                blocking = blocking ?? other.slot
                candidate = .stored(start: other.slot.end, end: other.slot.end + wished.length)
            }
            day += 1
        }
        return blocking.map { ($0, candidate) }
    }

    private static func days(of slot: TimeSlot) -> ClosedRange<Int64> {
        slot.start.milliseconds / day...(slot.end.milliseconds - 1) / day
    }

    private mutating func hold(_ id: BookingID, _ slot: TimeSlot) {
        for day in Self.days(of: slot) {
            let index = held[day, default: []].partitioningIndex { $0.slot.start >= slot.start }
            held[day, default: []].insert((id, slot), at: index)
        }
    }

    private mutating func release(_ id: BookingID, _ slot: TimeSlot) {
        for day in Self.days(of: slot) { held[day]?.removeAll { $0.booking == id } }
    }
}

/// A hash of 128 bits of a set, from which elements are taken and to which they are added (Zobrist hashing).
struct Fingerprint: Hashable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    /// Adds the number, or removes it.
    mutating func toggle(_ number: UInt64) {
        var generator = SeededGenerator(seed: number)
        high ^= generator.next()
        low ^= generator.next()
    }

    mutating func toggle(_ id: BookingID, _ entry: ProviderState.Entry) {
        let status = UInt64(BookingStatus.allCases.firstIndex(of: entry.status) ?? 0)
        var mix = id.high &* 0x9e37_79b9_7f4a_7c15
        for word in [
            id.low, UInt64(entry.version), status, UInt64(bitPattern: entry.slot.start.milliseconds),
            UInt64(bitPattern: entry.slot.end.milliseconds),
        ] {
            mix = (mix ^ word) &* 0xbf58_476d_1ce4_e5b9
            mix ^= mix >> 29
        }
        toggle(mix)
    }

    /// The fingerprint of both sets together.
    func combined(with other: Fingerprint) -> Fingerprint {
        var sum = self
        sum.high ^= other.high &* 0x94d0_49bb_1331_11eb
        sum.low ^= other.low &* 0x9e37_79b9_7f4a_7c15
        return sum
    }
}
