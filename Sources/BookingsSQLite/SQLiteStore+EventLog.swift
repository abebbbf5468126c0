import Bookings
import GRDB

extension SQLiteStore: EventLog {
    /// Returns the newest position.
    package func head() async throws(StoreError) -> LogPosition {
        try await read { try Self.head($0) }
    }

    /// Returns the events after a position along the primary key.
    package func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await read { database in
            guard position >= (try Self.floor(database)) else { return nil }
            let statement = try database.cachedStatement(
                sql: "select \(EventRow.columns) from booking_events where position > ? order by position limit ?")
            let rows = try Row.fetchAll(statement, arguments: [position.number, limit])
            return EventSlice(events: try rows.map(EventRow.event), limit: limit, head: try Self.head(database))
        }
    }

    /// Returns the readable events of a scope.
    package func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        try await read { database in
            let oldest = try Self.oldest(keptSince: keptSince, in: database)
            let start = position ?? oldest
            guard start >= oldest else { return nil }
            let (condition, scopeArguments) = ScopeCondition.sql(scope)
            let statement = try database.cachedStatement(
                sql: """
                    select \(EventRow.columns) from booking_events
                    where position > ? and occurred_at >= ? and \(condition) order by position limit ?
                    """)
            let rows = try Row.fetchAll(
                statement, arguments: [start.number, keptSince.milliseconds] + scopeArguments + [limit])
            return EventSlice(events: try rows.map(EventRow.event), limit: limit, head: try Self.head(database))
        }
    }

    /// Returns the position just before the oldest readable event.
    package func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await read { try Self.oldest(keptSince: keptSince, in: $0) }
    }

    /// Returns the newest position in a scope.
    package func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        try await read { database in
            guard !scope.everything else { return try Self.head(database) }
            var last: Int64 = 0
            if let provider = scope.provider {
                let sql = "select max(position) from booking_events where provider_id = ?"
                let statement = try database.cachedStatement(sql: sql)
                last = max(last, try Int64.fetchOne(statement, arguments: [provider.description]) ?? 0)
            }
            if let customer = scope.customer {
                let sql = "select max(position) from booking_events where customer_id = ?"
                let statement = try database.cachedStatement(sql: sql)
                last = max(last, try Int64.fetchOne(statement, arguments: [customer.text]) ?? 0)
            }
            return LogPosition(last)
        }
    }

    /// Raises the floor of the log and deletes the events of reminders up to it.
    package func trim(keptSince: Timestamp) async throws(StoreError) {
        try await write { database in
            let floor = try Self.oldest(keptSince: keptSince, in: database).number
            try database.execute(sql: "update event_log_head set floor = max(floor, ?)", arguments: [floor])
            // The events of actions stay: they are the history of bookings.
            try database.execute(
                sql: "delete from booking_events where position <= ? and lead_ms is not null", arguments: [floor])
        }
    }

    private static func head(_ database: Database) throws -> LogPosition {
        LogPosition(try Int64.fetchOne(database.cachedStatement(sql: "select head from event_log_head")) ?? 0)
    }

    /// Returns the position up to which events were trimmed. They stay unreadable even when the clock is set back.
    private static func floor(_ database: Database) throws -> LogPosition {
        LogPosition(try Int64.fetchOne(database.cachedStatement(sql: "select floor from event_log_head")) ?? 0)
    }

    /// Returns the position just before the oldest readable event, or the head when there is none.
    private static func oldest(keptSince: Timestamp, in database: Database) throws -> LogPosition {
        let statement = try database.cachedStatement(
            sql: "select position from booking_events where position > ? and occurred_at >= ? order by position limit 1"
        )
        let first = try Int64.fetchOne(
            statement, arguments: [try floor(database).number, keptSince.milliseconds])
        return try first.map { LogPosition($0 - 1) } ?? head(database)
    }
}
