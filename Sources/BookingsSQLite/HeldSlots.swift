import Bookings
import GRDB

/// The slots that a provider holds, by ascending start, without that of one booking.
///
/// The condition on the status is the one of the index `bookings_held`, word for word: otherwise SQLite cannot use it. Left to
/// itself it prefers `bookings_by_provider`, and a write reads all ended and cancelled bookings before its slot (1,400 pages
/// among 50,000 instead of 60).
enum HeldSlots {
    private static let condition = "provider_id = ? and id <> ? and status in ('pending', 'confirmed')"

    /// Returns the last slot that starts before an instant; `nil` when there is none.
    static func last(
        before instant: Timestamp = .latest, besides booking: Booking, in database: Database
    ) throws -> TimeSlot? {
        try slots("start_time < ? order by start_time desc limit 1", [instant.milliseconds], booking, database).first
    }

    /// Returns the first slots that start at or after an instant.
    static func startingFrom(
        _ instant: Timestamp, limit: Int, besides booking: Booking, in database: Database
    ) throws -> [TimeSlot] {
        try slots("start_time >= ? order by start_time limit ?", [instant.milliseconds, limit], booking, database)
    }

    private static func slots(
        _ rest: String, _ arguments: StatementArguments, _ booking: Booking, _ database: Database
    ) throws -> [TimeSlot] {
        let statement = try database.cachedStatement(
            sql: "select start_time, end_time from bookings indexed by bookings_held where \(condition) and \(rest)")
        let own: StatementArguments = [booking.providerID.description, booking.id.description]
        return try Row.fetchAll(statement, arguments: own + arguments).map { row in
            .stored(start: BookingRow.instant(row["start_time"]), end: BookingRow.instant(row["end_time"]))
        }
    }
}
