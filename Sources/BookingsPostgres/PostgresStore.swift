import Bookings
import Logging

/// The store of production: PostgreSQL 13 or later, through libpq.
///
/// Every change is one call of a function in the database (Migrations/0001.sql), so no lock is held over a round trip.
public final class PostgresStore: Sendable {
    public let pool: PostgresPool
    let url: String
    let identifiers: any IdentifierSource

    /// Opens connections in the background. `url`: what libpq takes, with all of its parameters.
    public init(url: String, identifiers: any IdentifierSource, logger: Logger) {
        self.url = url
        self.identifiers = identifiers
        pool = PostgresPool(url: url, identifiers: identifiers, logger: logger)
    }
}

extension PostgresStore: ReferenceClock {
    public func referenceTime() async throws(StoreError) -> Timestamp {
        let rows = try await pool.read(Statements.time, [], patience: PostgresPool.probePatience)
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

/// A scope as conditions on the columns `provider_id` and `customer_id`.
struct ScopeConditions {
    /// A letter for what they are.
    let shape: String
    /// A row meets one of them, or none.
    private let alternatives: [String]

    init(_ scope: BookingScope, _ parameters: inout ParameterList) {
        if scope.everything {
            (shape, alternatives) = ("a", ["true"])
            return
        }
        switch (scope.provider, scope.customer) {
        case (let provider?, let customer?):
            let first = parameters.bind(provider.description)
            let second = parameters.bind(customer.text)
            shape = "b"
            alternatives = ["provider_id = \(first)", "customer_id = \(second) and provider_id <> \(first)"]
        case (let provider?, nil):
            (shape, alternatives) = ("p", ["provider_id = \(parameters.bind(provider.description))"])
        case (nil, let customer?):
            (shape, alternatives) = ("c", ["customer_id = \(parameters.bind(customer.text))"])
        case (nil, nil): (shape, alternatives) = ("n", ["false"])
        }
    }

    /// The rows of the table that are in the scope and meet the conditions, as an item of `from`.
    ///
    /// With `or` the database would read all that an owner has. So each alternative goes along its own index, and ends
    /// after what is wanted of it (`first`: order and limit).
    func rows(of table: String, where conditions: [String], first: String = "") -> String {
        let selects = alternatives.map {
            "select * from \(table) where \(([$0] + conditions).joined(separator: " and "))"
        }
        if let only = selects.first, selects.count == 1 { return "(\(only)) as \(table)" }
        return "(\(selects.map { "(\($0) \(first))" }.joined(separator: " union all "))) as \(table)"
    }
}
