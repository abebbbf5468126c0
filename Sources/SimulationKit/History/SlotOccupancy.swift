import Bookings

/// A slot of a provider that a booking has, from one moment of the run to another.
struct SlotOccupancy: Hashable {
    let booking: BookingID
    let provider: ProviderID
    let slot: TimeSlot
    let from: Int
    let until: Int
    let at: Timestamp?
}

/// A provider's day: slots that overlap share one, and a slot lies in two at most.
struct HoldBucket: Hashable, Comparable {
    let provider: ProviderID
    let day: Int64

    static func all(of slot: TimeSlot, _ provider: ProviderID) -> [HoldBucket] {
        let length: Int64 = 86_400_000
        return (slot.start.milliseconds / length...(slot.end.milliseconds - 1) / length).map {
            HoldBucket(provider: provider, day: $0)
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.provider, left.day) < (right.provider, right.day)
    }
}

extension HoldBucket {
    static func filled(_ holds: [SlotOccupancy]) -> [HoldBucket: [SlotOccupancy]] {
        var buckets: [HoldBucket: [SlotOccupancy]] = [:]
        for hold in holds {
            for bucket in all(of: hold.slot, hold.provider) { buckets[bucket, default: []].append(hold) }
        }
        return buckets
    }

    /// The holds of each bucket, in the order of the buckets, by their beginning.
    static func sorted(_ holds: [SlotOccupancy]) -> [[SlotOccupancy]] {
        filled(holds).sorted { $0.key < $1.key }.map { _, holds in
            holds.sorted { ($0.from, $0.booking) < ($1.from, $1.booking) }
        }
    }
}

extension VersionInterval {
    /// From the answer that gave the slot until the sending of what may free it.
    var certainHold: SlotOccupancy? {
        guard row.status.holdsSlot, isEverCertain else { return nil }
        return SlotOccupancy(
            booking: row.id, provider: row.provider, slot: row.slot, from: certainFrom, until: certainUntil, at: at)
    }

    /// From the sending of what may give the slot until the answer that shows it gone.
    var possibleHold: SlotOccupancy? {
        guard row.status.holdsSlot else { return nil }
        return SlotOccupancy(
            booking: row.id, provider: row.provider, slot: row.slot, from: possibleFrom, until: possibleUntil, at: at)
    }
}

extension History {
    /// What requests of unknown outcome possibly hold, when the end does not tell of them either.
    var openHolds: [SlotOccupancy] {
        calls.compactMap { call in
            guard call.isUnknown, call.isWrite, let provider = call.provider, let wished = call.wished else {
                return nil
            }
            let isOpen = call.kind == .create ? finals.isEmpty : call.booking.map { finals[$0] == nil } ?? true
            guard isOpen else { return nil }
            let nobody = BookingID(high: 0, low: 0)
            return SlotOccupancy(
                booking: call.booking ?? nobody, provider: provider, slot: wished, from: call.sent, until: .max,
                at: call.at)
        }
    }
}
