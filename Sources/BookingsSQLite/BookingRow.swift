import Bookings
import GRDB

/// The columns of a booking, and its values as arguments, in the same order for every statement.
enum BookingRow {
    static let columns = """
        id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at, \
        updated_at
        """

    /// Reads a booking from a row that has its columns.
    ///
    /// - Parameter id: The name of the column with the booking's id.
    static func booking(_ row: Row, id: String = "id") throws -> Booking {
        guard let bookingID = BookingID(row[id] as String), let provider = ProviderID(row["provider_id"] as String),
            let service = ServiceID(row["service_id"] as String), let status = BookingStatus(rawValue: row["status"])
        else { throw StoreError.corrupt("a booking's row has an invalid id or status: \(row)") }
        return Booking(
            id: bookingID, providerID: provider, customerID: (row["customer_id"] as String?).flatMap { Subject($0) },
            serviceID: service,
            slot: .stored(start: instant(row["start_time"]), end: instant(row["end_time"])), status: status,
            version: row["version"], timesVersion: row["times_version"], createdAt: instant(row["created_at"]),
            updatedAt: instant(row["updated_at"]))
    }

    static func instant(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    /// Returns the values of `columns`, in their order.
    static func arguments(_ booking: Booking) -> StatementArguments {
        [
            booking.id.description, booking.providerID.description, booking.customerID?.text,
            booking.serviceID.description, booking.slot.start.milliseconds, booking.slot.end.milliseconds,
            booking.status.rawValue, booking.version, booking.timesVersion, booking.createdAt.milliseconds,
            booking.updatedAt.milliseconds,
        ]
    }
}
