import Bookings

extension PostgresStore: BookingStore {
    /// Returns the booking. Lookups of several callers go out as one statement.
    package func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        let rows = try await pool.lookUp(BatchedLookup(Statements.booking, [id.description]))
        guard let row = rows.first else { return nil }
        return try BookingColumns.booking(row)
    }

    /// Returns the rows of a list by one statement, which is one snapshot.
    package func bookings(_ query: BookingQuery, _ content: PageContent) async throws(StoreError) -> ListRows {
        if query.isContradictory { return ListRows(bookings: [], total: content.isPage ? 0 : nil, changesAt: nil) }
        guard content.isPage else {
            let rows = try await execute(ListStatement(query, content), of: query.scope)
            let bookings = try rows.map { row throws(StoreError) in try BookingColumns.booking(row) }
            return ListRows(bookings: bookings, total: nil, changesAt: nil)
        }
        if let plan = TotalPlan(query) {
            let total = ListStatement.Total.counted(plan, limit: readLimit + 1)
            let rows = try await execute(ListStatement(query, content, total: total), of: query.scope)
            if let behind = try rows.first?.optionalInteger(3) { counts.isBehind(by: Int(behind)) }
            if rows.first?.flag(2) ?? false { return try Self.page(rows) }
            counts.count(plan.owner)
        }
        return try Self.page(try await execute(ListStatement(query, content), of: query.scope))
    }

    private func execute(_ list: ListStatement, of owner: BookingScope) async throws(StoreError) -> PostgresRows {
        try await pool.list(list.statement, list.parameters, of: owner)
    }

    /// Reads the columns of the page's totals and, behind them, the bookings.
    private static func page(_ rows: PostgresRows) throws(StoreError) -> ListRows {
        let first = ListStatement.columnsOfTotals
        var bookings: [Booking] = []
        // A page past the end is one row with the total and without a booking.
        for index in 0..<rows.count where rows[index].optionalText(first) != nil {
            bookings.append(try BookingColumns.booking(rows[index], from: first))
        }
        let changesAt = try rows.first?.optionalInteger(1)
        return ListRows(
            bookings: bookings, total: Int(try rows.first?.integer(0) ?? 0),
            changesAt: changesAt.map { Timestamp(milliseconds: $0) })
    }

    /// Returns the history, which is read from the event log.
    package func history(
        of id: BookingID, from version: Int, limit: Int
    ) async throws(StoreError) -> [HistoryEntry] {
        let rows = try await pool.read(Statements.history, [id.description, "\(version)", "\(limit)"])
        return try rows.map { row throws(StoreError) in
            let next = BookingColumns.count
            guard let action = ActionName(rawValue: try row.text(next)), let subject = Subject(try row.text(next + 1))
            else { throw .corrupt("a history entry has an unknown action or no subject") }
            let roles = try row.text(next + 2).split(separator: ",").compactMap { Role(rawValue: String($0)) }
            return HistoryEntry(
                booking: try BookingColumns.booking(row), action: action,
                origin: RequestOrigin(subject: subject, roles: roles, requestID: try row.text(next + 3)))
        }
    }

    /// Throws unless the database answers and takes writes.
    package func ping() async throws(StoreError) {
        try await pool.ping()
    }

    // MARK: - Values that are made with the schema

    /// Returns the secret that the first migration stored.
    package func sealingKey() async throws(StoreError) -> [UInt8] {
        let rows = try await pool.read(Statements.sealingKey, [])
        guard let key = try rows.first?.bytes(0), key.count == 32 else { throw .corrupt("the sealing key is missing") }
        return key
    }

    /// Returns the cluster's identifier, which `initdb` makes, and the number of the database in the cluster.
    ///
    /// A standby that takes over has both; a restored dump and `createdb -T` have not. A physical copy of the whole
    /// cluster has both, too.
    package func databaseIdentity() async throws(StoreError) -> [UInt8] {
        do {
            return try await identity(Statements.databaseIdentity)
        } catch .corrupt {
            // The operator may have revoked the right to read the cluster's identifier.
            return try await identity(Statements.databaseNumber)
        }
    }

    private func identity(_ statement: PostgresStatement) async throws(StoreError) -> [UInt8] {
        guard let row = try await pool.read(statement, []).first else {
            throw .corrupt("the database returned no identity")
        }
        return Array(try row.text(0).utf8)
    }
}
