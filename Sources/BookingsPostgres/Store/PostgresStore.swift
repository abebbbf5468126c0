import Bookings
import Logging

/// The store for production: PostgreSQL 13 or later, through libpq.
///
/// Every change is one statement, which calls a function of the database (Schema/routines), so no lock is held over a
/// round trip.
package final class PostgresStore: Sendable {
    /// The connections, a service that has to run as long as the store is used.
    package let pool: PostgresPool
    let url: String
    let identifiers: any IdentifierSource
    let counts: BookingCounts
    /// How many bookings a page reads for its total at most; those of owners with more are counted.
    let readLimit: Int
    /// The name of the replica, for the ledger of reminders; `nil` when it has none.
    let replica: String?

    /// Creates the store; its connections are opened in the background.
    ///
    /// - Parameters:
    ///   - url: A connection URI of libpq, with any of libpq's parameters.
    ///   - readLimit: How many bookings a page reads for its total at most; those of owners with more are counted in
    ///     the background.
    ///   - replica: The name of the replica, for the ledger of reminders.
    package init(
        url: String, identifiers: any IdentifierSource, logger: Logger, readLimit: Int = 1000, replica: String? = nil
    ) {
        self.url = url
        self.replica = replica
        self.identifiers = identifiers
        self.readLimit = readLimit
        pool = PostgresPool(url: url, identifiers: identifiers, logger: logger)
        counts = BookingCounts(pool: pool, url: url, logger: logger)
    }
}

extension PostgresStore: ReferenceClock {
    /// Returns the database's time.
    package func referenceTime() async throws(StoreError) -> Timestamp {
        let rows = try await pool.read(Statements.time, [], timeout: PostgresPool.probeTimeout)
        guard let row = rows.first else { throw .corrupt("the database returned no time") }
        return try row.instant(0)
    }
}
