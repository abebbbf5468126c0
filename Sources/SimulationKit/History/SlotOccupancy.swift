import Bookings

/// A provider's time slot that a booking occupies from one sequence number of the run to another.
struct SlotOccupancy: Hashable {
    let booking: BookingID
    let provider: ProviderID
    let slot: TimeSlot
    let from: Int
    let until: Int
    /// When the booking took the slot; `nil` when the history does not tell.
    let at: Timestamp?
}

extension VersionInterval {
    /// The occupancy from the answer that gave the slot until the sending of the request that may free it.
    var certainOccupancy: SlotOccupancy? {
        isEverCertain ? occupancy(from: certainFrom, until: certainUntil) : nil
    }

    /// The occupancy from the sending of the request that may give the slot until the answer that shows it gone.
    var possibleOccupancy: SlotOccupancy? { occupancy(from: possibleFrom, until: possibleUntil) }

    private func occupancy(from: Int, until: Int) -> SlotOccupancy? {
        guard row.status.holdsSlot else { return nil }
        return SlotOccupancy(
            booking: row.id, provider: row.provider, slot: row.slot, from: from, until: until, at: takenAt)
    }
}

extension History {
    /// What writes without a known outcome may occupy, when the final state does not tell either.
    var indeterminateOccupancies: [SlotOccupancy] {
        calls.compactMap { call in
            guard call.hasUnknownOutcome, call.isWrite, let provider = call.provider, let slot = call.requestedSlot
            else { return nil }
            let isIndeterminate =
                call.kind == .create ? finalStates.isEmpty : call.booking.map { finalStates[$0] == nil } ?? true
            guard isIndeterminate else { return nil }
            let unknownBooking = BookingID(high: 0, low: 0)
            return SlotOccupancy(
                booking: call.booking ?? unknownBooking, provider: provider, slot: slot, from: call.sent, until: .max,
                at: call.at)
        }
    }
}

/// A provider's day, the bucket by which occupancies are compared.
///
/// Slots that overlap share a day, and a slot is at most a day long and so lies in two at most. Comparing within a day
/// keeps the checkers about linear in the number of bookings.
struct ProviderDay: Hashable, Comparable {
    let provider: ProviderID
    let day: Int64

    private static let length: Int64 = 86_400_000

    /// Returns the days that the slot touches.
    static func days(of slot: TimeSlot, _ provider: ProviderID) -> [ProviderDay] {
        (slot.start.milliseconds / length...(slot.end.milliseconds - 1) / length).map {
            ProviderDay(provider: provider, day: $0)
        }
    }

    static func grouped(_ occupancies: [SlotOccupancy]) -> [ProviderDay: [SlotOccupancy]] {
        var groups: [ProviderDay: [SlotOccupancy]] = [:]
        for occupancy in occupancies {
            for day in days(of: occupancy.slot, occupancy.provider) { groups[day, default: []].append(occupancy) }
        }
        return groups
    }

    /// Returns the occupancies of each day, sorted by day and then by their beginning.
    static func sorted(_ occupancies: [SlotOccupancy]) -> [[SlotOccupancy]] {
        grouped(occupancies).sorted { $0.key < $1.key }.map { _, occupancies in
            occupancies.sorted { ($0.from, $0.booking) < ($1.from, $1.booking) }
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.provider, left.day) < (right.provider, right.day)
    }
}
