import Bookings
import GRDB

/// Why a slot of a provider is not free.
struct SlotConflict {
    /// The first slot in the way.
    let blocking: TimeSlot
    /// The earliest free slot of the same length at or after the requested start.
    let nextFree: TimeSlot

    /// Returns `nil` when the provider has no other booking in the slot of `booking`.
    init?(of booking: Booking, in database: Database) throws {
        let start = booking.slot.start
        // No booking lasts longer than a day, so what ends after the requested start begins less than a day before it.
        let statement = try database.cachedStatement(
            sql: """
                select start_time, end_time from bookings
                where provider_id = ? and start_time > ? and end_time > ? and status in ('pending', 'confirmed')
                    and id <> ?
                order by start_time
                """)
        let rows = try Row.fetchCursor(
            statement,
            arguments: [
                booking.providerID.description, (start - TimeSlot.longest).milliseconds, start.milliseconds,
                booking.id.description,
            ])
        var blocking: TimeSlot?
        var candidate = booking.slot
        while let row = try rows.next() {
            let held = TimeSlot.stored(
                start: BookingRow.instant(row["start_time"]), end: BookingRow.instant(row["end_time"]))
            if held.start >= candidate.end { break }
            blocking = blocking ?? held
            candidate = candidate.firstFree(among: CollectionOfOne(held))
        }
        guard let blocking else { return nil }
        (self.blocking, nextFree) = (blocking, candidate)
    }
}
