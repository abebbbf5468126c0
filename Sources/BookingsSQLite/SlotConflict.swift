import Bookings
import GRDB

/// Why a slot of a provider is not free.
struct SlotConflict {
    /// The first slot in the way.
    let blocking: TimeSlot
    /// The slot of the same length after the one in the way. No earlier one is free; whether it is free is not known.
    let candidate: TimeSlot

    /// Returns `nil` when the provider has no other booking in the slot of `booking`.
    init?(of booking: Booking, in database: Database) throws {
        // Slots that are held never overlap: of those that begin before this one ends, the last to begin is the last to end.
        let slot = booking.slot
        guard let last = try HeldSlots.last(before: slot.end, besides: booking, in: database), last.end > slot.start
        else { return nil }
        let earlier = try HeldSlots.last(before: slot.start, besides: booking, in: database)
        let later = try HeldSlots.startingFrom(slot.start, limit: 1, besides: booking, in: database).first
        blocking = earlier.flatMap { $0.end > slot.start ? $0 : nil } ?? later ?? last
        candidate = slot.firstFree(among: CollectionOfOne(blocking))
    }
}
