import Bookings
import Logging

/// The store of production: PostgreSQL 13 or later, through libpq.
///
/// Every change is one call of a function in the database (Migrations/0001.sql), so no lock is held over a round trip.
package final class PostgresStore: Sendable {
    package let pool: PostgresPool
    let url: String
    let identifiers: any IdentifierSource

    /// Opens connections in the background. `url`: what libpq takes, with all of its parameters.
    package init(url: String, identifiers: any IdentifierSource, logger: Logger) {
        self.url = url
        self.identifiers = identifiers
        pool = PostgresPool(url: url, identifiers: identifiers, logger: logger)
    }
}

extension PostgresStore: ReferenceClock {
    package func referenceTime() async throws(StoreError) -> Timestamp {
        let rows = try await pool.read(Statements.time, [], timeout: PostgresPool.probeTimeout)
        guard let row = rows.first else { throw .corrupt("the database does not tell the time") }
        return try row.instant(0)
    }
}

/// Columns and values of a booking, in one place for every statement.
enum BookingColumns {
    static let names =
        "id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at, "
        + "updated_at"
    static let count = 11

    /// Reads a booking whose columns begin there, in the order of `names`.
    static func booking(_ row: PostgresRow, from first: Int = 0) throws(StoreError) -> Booking {
        guard let status = BookingStatus(rawValue: try row.text(first + 6)) else {
            throw .corrupt("a booking's status cannot be read")
        }
        return Booking(
            id: try row.identifier(first), providerID: try row.identifier(first + 1),
            customerID: row.optionalText(first + 2).flatMap { Subject($0) },
            serviceID: try row.identifier(first + 3),
            slot: .stored(start: try row.instant(first + 4), end: try row.instant(first + 5)), status: status,
            version: Int(try row.integer(first + 7)), timesVersion: Int(try row.integer(first + 8)),
            createdAt: try row.instant(first + 9), updatedAt: try row.instant(first + 10))
    }

    static func parameters(_ booking: Booking) -> [String?] {
        [
            booking.id.description, booking.providerID.description, booking.customerID?.text,
            booking.serviceID.description, "\(booking.slot.start.milliseconds)", "\(booking.slot.end.milliseconds)",
            booking.status.rawValue, "\(booking.version)", "\(booking.timesVersion)",
            "\(booking.createdAt.milliseconds)", "\(booking.updatedAt.milliseconds)",
        ]
    }
}

/// Numbers the parameters of a statement as they are bound.
struct ParameterList {
    private(set) var values: [String?] = []

    mutating func bind(_ value: String?) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    mutating func bind(_ instant: Timestamp) -> String { bind("\(instant.milliseconds)") }
}
