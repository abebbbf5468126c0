import Bookings
import GRDB

/// Why a slot of a provider is not free.
struct SlotConflict {
    /// The first slot in the way.
    let blocking: TimeSlot
    /// The first slot of the same length that is free as far as the next bookings show. No earlier one is free.
    let candidate: TimeSlot
    /// Whether the candidate is free; otherwise the search goes on from it.
    let isSearched: Bool

    /// The number of bookings that the search looks at in the turn of the writers.
    private static let nearCount = 16

    /// Returns `nil` when the provider has no other booking in the slot of `booking`.
    init?(of booking: Booking, in database: Database) throws {
        // Slots that are held never overlap: of those that begin before this one ends, the last to begin is the last to end.
        let slot = booking.slot
        guard let last = try HeldSlots.last(before: slot.end, besides: booking, in: database), last.end > slot.start
        else { return nil }
        let earlier = try HeldSlots.last(before: slot.start, besides: booking, in: database)
        let later = try HeldSlots.startingFrom(slot.start, limit: Self.nearCount, besides: booking, in: database)
        let near = [earlier].compactMap { $0 }.filter { $0.end > slot.start } + later
        blocking = near.first ?? last
        let free = slot.firstFree(among: near)
        candidate = free
        isSearched = later.count < Self.nearCount || later.last.map { $0.start >= free.end } ?? true
    }
}
