import Bookings

/// The columns of a booking, and its values as parameters, in the same order for every statement.
enum BookingColumns {
    static let names = """
        id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at, \
        updated_at
        """
    static let count = 11

    /// Reads a booking from the columns that begin at `first`, in the order of `names`.
    static func booking(_ row: PostgresRow, from first: Int = 0) throws(StoreError) -> Booking {
        guard let status = BookingStatus(rawValue: try row.text(first + 6)) else {
            throw .corrupt("a booking has an unknown status")
        }
        return Booking(
            id: try row.identifier(first), providerID: try row.identifier(first + 1),
            customerID: row.optionalText(first + 2).flatMap { Subject($0) },
            serviceID: try row.identifier(first + 3),
            slot: .stored(start: try row.instant(first + 4), end: try row.instant(first + 5)), status: status,
            version: Int(try row.integer(first + 7)), timesVersion: Int(try row.integer(first + 8)),
            createdAt: try row.instant(first + 9), updatedAt: try row.instant(first + 10))
    }

    /// Returns the values of the columns, in the order of `names`.
    static func parameters(_ booking: Booking) -> [String?] {
        [
            booking.id.description, booking.providerID.description, booking.customerID?.text,
            booking.serviceID.description, "\(booking.slot.start.milliseconds)", "\(booking.slot.end.milliseconds)",
            booking.status.rawValue, "\(booking.version)", "\(booking.timesVersion)",
            "\(booking.createdAt.milliseconds)", "\(booking.updatedAt.milliseconds)",
        ]
    }
}
