import Bookings

extension PostgresStore: EventLog {
    /// Returns the newest position. Callers at the same time share the statement.
    package func head() async throws(StoreError) -> LogPosition {
        let rows = try await pool.lookUp(BatchedLookup(Statements.head))
        return LogPosition(try rows.first?.integer(0) ?? 0)
    }

    /// Returns the events after a position along the primary key.
    package func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try Self.slice(
            try await pool.read(Statements.tail, ["\(position.number)", "\(limit)"]), after: position, limit: limit)
    }

    /// Returns the events of a scope along the index of its provider or customer.
    package func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        let (statement, parameters) = Self.eventsStatement(
            after: position, in: scope, keptSince: keptSince, limit: limit)
        return try Self.slice(try await pool.read(statement, parameters), after: position, limit: limit)
    }

    /// Reads rows that hold the oldest readable position, the head, and an event; without any event there is one row.
    ///
    /// - Returns: `nil` when events after `position` are no longer readable.
    private static func slice(
        _ rows: PostgresRows, after position: LogPosition?, limit: Int
    ) throws(StoreError) -> EventSlice? {
        guard let first = rows.first else { throw .corrupt("the event log has no head") }
        let oldest = LogPosition(try first.integer(0))
        guard (position ?? oldest) >= oldest else { return nil }
        var events: [LoggedEvent] = []
        for index in 0..<rows.count where rows[index].optionalText(2) != nil {
            events.append(try EventColumns.event(rows[index], from: 2))
        }
        return EventSlice(events: events, limit: limit, head: LogPosition(try first.integer(1)))
    }

    /// Returns the statement for the events of a scope, whose rows `slice` reads, and its parameters.
    static func eventsStatement(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) -> (PostgresStatement, [String?]) {
        var parameters = ParameterList()
        let since = parameters.bind(keptSince)
        let after = parameters.bind(position.map { "\($0.number)" })
        let order = "order by position limit \(parameters.bind("\(limit)"))"
        let scope = ScopeConditions(scope, &parameters)
        let rows = scope.rows(
            of: "booking_events",
            where: ["position > greatest(\(after)::bigint, readable.oldest)", "occurred_at >= \(since)"], first: order)
        let statement = PostgresStatement(
            "events_" + scope.shape,
            """
            with readable as materialized (\(Statements.readable))
            select readable.oldest, readable.head, slice.* from readable left join lateral (
                select \(EventColumns.names) from \(rows) \(order)
            ) as slice on true order by slice.position
            """)
        return (statement, parameters.values)
    }

    /// Returns the position just before the oldest readable event.
    package func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        let rows = try await pool.read(Statements.oldest, ["\(keptSince.milliseconds)"])
        return LogPosition(try rows.first?.integer(0) ?? 0)
    }

    /// Returns the owners of the events after a position. Callers at the same time share the statement and its rows.
    package func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
        let lookup = BatchedLookup(Statements.changes, ["\(position.number)"], sharesRows: true)
        let rows = try await pool.lookUp(lookup)
        guard let first = rows.first else { throw .corrupt("the event log has no head") }
        let (start, head) = (try first.integer(0), try first.integer(1))
        var changes: [LogChanges.Change] = []
        for index in 0..<rows.count {
            guard let position = try rows[index].optionalInteger(2) else { continue }
            changes.append(
                LogChanges.Change(
                    position: LogPosition(position), provider: try rows[index].identifier(3),
                    customer: rows[index].optionalText(4).flatMap { Subject($0) }))
        }
        let isCovered = head - start <= LogChanges.maximumSpan
        return LogChanges(head: LogPosition(head), changes: isCovered ? changes : nil)
    }

    /// Returns the newest position in a scope. Lookups of several callers go out as one statement.
    package func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        guard !scope.everything else { return try await head() }
        let rows = try await pool.lookUp(
            BatchedLookup(Statements.lastChange, [scope.provider?.description, scope.customer?.text]))
        return LogPosition(try rows.first?.integer(0) ?? 0)
    }

    /// Raises the floor of the log and deletes the events of reminders up to it.
    package func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        let rows = try await pool.part(Statements.trim, ["\(keptSince.milliseconds)", "\(limit)"])
        return rows.first?.flag(0) ?? false
    }
}
