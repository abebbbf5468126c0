import Bookings

extension PostgresStore: EventLog {
    package func head() async throws(StoreError) -> LogPosition {
        let rows = try await pool.lookUp(BatchedLookup(Statements.head))
        return LogPosition(try rows.first?.integer(0) ?? 0)
    }

    package func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        let rows = try await pool.read(Statements.tail, ["\(position.number)", "\(limit)"])
        guard let first = rows.first else { throw .corrupt("the event log has no head") }
        guard position >= LogPosition(try first.integer(0)) else { return nil }
        return try Self.slice(rows, limit: limit)
    }

    package func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        let (statement, parameters) = Self.eventsStatement(
            after: position, in: scope, keptSince: keptSince, limit: limit)
        let rows = try await pool.read(statement, parameters)
        guard let first = rows.first else { throw .corrupt("the log has no head") }
        let oldest = LogPosition(try first.integer(0))
        guard (position ?? oldest) >= oldest else { return nil }
        return try Self.slice(rows, limit: limit)
    }

    /// Reads rows of the lower bound, the head and an event each. When there is no event, one row has none.
    private static func slice(_ rows: PostgresRows, limit: Int) throws(StoreError) -> EventSlice {
        var events: [LoggedEvent] = []
        for row in 0..<rows.count where rows[row].optionalText(2) != nil {
            events.append(try event(rows[row], from: 2))
        }
        let head = LogPosition(try rows.first?.integer(1) ?? 0)
        return EventSlice(events: events, limit: limit, head: head)
    }

    /// Gives the edge, the head and an event in each row; where there is no event, one row without.
    static func eventsStatement(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) -> (PostgresStatement, [String?]) {
        var parameters = ParameterList()
        let since = parameters.bind(keptSince)
        let after = parameters.bind(position.map { "\($0.number)" })
        let most = parameters.bind("\(limit)")
        let scope = ScopeConditions(scope, &parameters)
        let order = "order by position limit \(most)"
        let rows = scope.rows(
            of: "booking_events",
            where: ["position > coalesce(\(after)::bigint, edge.oldest)", "occurred_at >= \(since)"], first: order)
        let statement = PostgresStatement(
            "events_" + scope.shape,
            """
            with edge as (\(Statements.edge))
            select edge.oldest, edge.head, slice.* from edge left join lateral (
                select \(Statements.eventColumns) from \(rows) \(order)
            ) as slice on true order by slice.position
            """)
        return (statement, parameters.values)
    }

    package func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        let rows = try await pool.read(Statements.oldest, ["\(keptSince.milliseconds)"])
        return LogPosition(try rows.first?.integer(0) ?? 0)
    }

    package func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        guard !scope.everything else { return try await head() }
        let rows = try await pool.lookUp(
            BatchedLookup(Statements.lastChange, [scope.provider?.description, scope.customer?.text]))
        return LogPosition(try rows.first?.integer(0) ?? 0)
    }

    package func trim(keptSince: Timestamp) async throws(StoreError) {
        _ = try await pool.write(Statements.trim, ["\(keptSince.milliseconds)"])
    }

    /// Columns in the order of `Statements.eventColumns`.
    static func event(_ row: PostgresRow, from first: Int) throws(StoreError) -> LoggedEvent {
        let kind: BookingEvent.Kind
        if let lead = try row.optionalInteger(first + 3) {
            kind = .reminder(
                ReminderNotice(
                    dueAt: try row.instant(first + 4), lead: .milliseconds(lead), isLate: row.flag(first + 5)))
        } else if let action = ActionName(rawValue: try row.text(first + 1)) {
            kind = .action(action)
        } else {
            throw .corrupt("an event's action cannot be read")
        }
        return LoggedEvent(
            position: LogPosition(try row.integer(first)),
            event: BookingEvent(
                booking: try BookingColumns.booking(row, from: first + 6), kind: kind,
                occurredAt: try row.instant(first + 2)))
    }
}
