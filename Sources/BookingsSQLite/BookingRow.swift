import Bookings
import GRDB

/// The columns of a booking, and its values as arguments, in the same order for every statement.
enum BookingRow {
    static let columns = names.joined(separator: ", ")
    /// The columns in a statement that reads other tables, too.
    static let qualifiedColumns = names.map { "bookings." + $0 }.joined(separator: ", ")

    private static let names = [
        "id", "provider_id", "customer_id", "service_id", "start_time", "end_time", "status", "version",
        "times_version", "created_at", "updated_at",
    ]

    /// Reads a booking from the columns of a row that begin at `first`, in the order of `columns`.
    ///
    /// Columns are read by number: the search for a name takes as long as the rest.
    static func booking(_ row: Row, from first: Int = 0) throws -> Booking {
        guard let bookingID = BookingID(row[first] as String), let provider = ProviderID(row[first + 1] as String),
            let service = ServiceID(row[first + 3] as String), let status = BookingStatus(rawValue: row[first + 6])
        else { throw StoreError.corrupt("a booking's row has an invalid id or status: \(row)") }
        return Booking(
            id: bookingID, providerID: provider, customerID: (row[first + 2] as String?).flatMap { Subject($0) },
            serviceID: service, slot: .stored(start: instant(row[first + 4]), end: instant(row[first + 5])),
            status: status, version: row[first + 7], timesVersion: row[first + 8],
            createdAt: instant(row[first + 9]), updatedAt: instant(row[first + 10]))
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
