import Bookings
import Foundation
import GRDB

extension SQLiteStore: BookingStore {
    /// Returns the booking.
    package func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await read { database in
            let statement = try database.cachedStatement(sql: "select \(BookingRow.columns) from bookings where id = ?")
            return try Row.fetchOne(statement, arguments: [id.description]).map { try BookingRow.booking($0) }
        }
    }

    /// Returns the rows of a list and its total in one snapshot. The bookings of an owner that has many are counted
    /// first.
    package func bookings(_ query: BookingQuery, _ content: PageContent) async throws(StoreError) -> ListRows {
        if query.isContradictory { return ListRows(bookings: [], total: content.isPage ? 0 : nil, changesAt: nil) }
        let plan = TotalPlan(query).flatMap { $0.omitsCustomer ? nil : $0 }
        if let rows = try await rows(of: query, content, plan) { return rows }
        if let plan { try await write { try CountRow.count(plan.owner, in: $0) } }
        guard let rows = try await rows(of: query, content, plan) else {
            throw .corrupt("the bookings of an owner were counted, and are not")
        }
        return rows
    }

    /// Returns `nil` when the owner's bookings have to be counted.
    private func rows(
        of query: BookingQuery, _ content: PageContent, _ plan: TotalPlan?
    ) async throws(StoreError) -> ListRows? {
        let statement = ListStatement(query)
        return try await read { [readLimit] database in
            let (sql, arguments) = statement.rows(content)
            let bookings = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
                .map { try BookingRow.booking($0) }
            guard case .page = content else { return ListRows(bookings: bookings, total: nil, changesAt: nil) }
            guard let total = try Self.total(statement, plan, readLimit: readLimit, in: database) else { return nil }
            let changesAt = try statement.nextChange.flatMap { try Self.number($0, in: database) }
            return ListRows(bookings: bookings, total: Int(total), changesAt: changesAt.map(BookingRow.instant))
        }
    }

    private static func total(
        _ statement: ListStatement, _ plan: TotalPlan?, readLimit: Int, in database: Database
    ) throws -> Int64? {
        guard let plan else { return try number(statement.count(), in: database) ?? 0 }
        if try CountRow.isCounted(plan.owner, in: database) {
            return try plan.read.reduce(Int64(try CountRow.sum(plan, in: database))) { sum, starts in
                sum + (try number(statement.count(startingIn: starts), in: database) ?? 0)
            }
        }
        let read = try number(statement.count(limit: readLimit + 1), in: database) ?? 0
        return read <= readLimit ? read : nil
    }

    private static func number(_ query: (sql: String, arguments: StatementArguments), in database: Database) throws
        -> Int64?
    {
        try Int64.fetchOne(database.cachedStatement(sql: query.sql), arguments: query.arguments)
    }

    /// Returns the history, which is read from the event log.
    package func history(
        of id: BookingID, from version: Int, limit: Int
    ) async throws(StoreError) -> [HistoryEntry] {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: """
                    select \(EventRow.columns), actor_subject, actor_roles, request_id from booking_events
                    where booking_id = ? and lead_ms is null and version >= ? order by version limit ?
                    """)
            return try Row.fetchAll(statement, arguments: [id.description, version, limit]).map(Self.historyEntry)
        }
    }

    private static func historyEntry(_ row: Row) throws -> HistoryEntry {
        guard let subject = Subject(row["actor_subject"]), let action = ActionName(rawValue: row["action"]) else {
            throw StoreError.corrupt("a history entry has an unknown action or no subject: \(row)")
        }
        let roles = (row["actor_roles"] as String).split(separator: ",").compactMap { Role(rawValue: String($0)) }
        return HistoryEntry(
            booking: try EventRow.booking(row), action: action,
            origin: RequestOrigin(subject: subject, roles: roles, requestID: row["request_id"]))
    }

    /// Returns the secret that the migrator stored.
    package func sealingKey() async throws(StoreError) -> [UInt8] {
        try await read { database in
            let sql = "select value from settings where name = 'sealing_key'"
            guard let key = try Data.fetchOne(database, sql: sql), key.count == 32 else {
                throw StoreError.corrupt("the sealing key is missing")
            }
            return Array(key)
        }
    }

    /// Returns an identity of this opening of the database, because no other process shares it.
    package func databaseIdentity() async throws(StoreError) -> [UInt8] { opening }

    /// Throws unless a small write succeeds in time.
    package func ping() async throws(StoreError) { try await probe.run(on: self) }
}
