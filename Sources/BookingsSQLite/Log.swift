import Bookings
import GRDB

extension SQLiteStore: EventLog {
    package func head() async throws(StoreError) -> LogPosition {
        try await read { try Self.head($0) }
    }

    package func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await read { database in
            guard position.number >= (try Self.floor(database)) else { return nil }
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: "select \(EventRows.columns) from booking_events where position > ? order by position limit ?"),
                arguments: [position.number, limit])
            return EventSlice(events: try rows.map(EventRows.event), limit: limit, head: try Self.head(database))
        }
    }

    package func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        try await read { database in
            let oldest = try Self.oldest(keptSince: keptSince, in: database)
            let start = position ?? oldest
            guard start >= oldest else { return nil }
            let (condition, scopeArguments) = ScopeCondition.sql(scope)
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        select \(EventRows.columns) from booking_events
                        where position > ? and occurred_at >= ? and \(condition) order by position limit ?
                        """),
                arguments: [start.number, keptSince.milliseconds] + scopeArguments + [limit])
            return EventSlice(events: try rows.map(EventRows.event), limit: limit, head: try Self.head(database))
        }
    }

    package func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await read { try Self.oldest(keptSince: keptSince, in: $0) }
    }

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

    package func trim(keptSince: Timestamp) async throws(StoreError) {
        try await write { database in
            let floor = try Self.oldest(keptSince: keptSince, in: database).number
            try database.execute(sql: "update event_log_head set floor = max(floor, ?)", arguments: [floor])
            try database.execute(
                sql: "delete from booking_events where position <= ? and lead_ms is not null", arguments: [floor])
        }
    }

    private static func head(_ database: Database) throws -> LogPosition {
        LogPosition(try Int64.fetchOne(database.cachedStatement(sql: "select head from event_log_head")) ?? 0)
    }

    /// The position up to which events were trimmed.
    private static func floor(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database.cachedStatement(sql: "select floor from event_log_head")) ?? 0
    }

    /// Just before the first event that is kept. What the floor passed is gone even if the clock was set back.
    private static func oldest(keptSince: Timestamp, in database: Database) throws -> LogPosition {
        let floor = try floor(database)
        let statement = try database.cachedStatement(
            sql: "select position from booking_events where position > ? and occurred_at >= ? order by position limit 1"
        )
        let first = try Int64.fetchOne(statement, arguments: [floor, keptSince.milliseconds])
        return try first.map { LogPosition($0 - 1) } ?? head(database)
    }
}

/// A scope as a condition on the columns `provider_id` and `customer_id`.
enum ScopeCondition {
    static func sql(_ scope: BookingScope) -> (String, StatementArguments) {
        if scope.everything { return ("true", []) }
        switch (scope.provider, scope.customer) {
        case (let provider?, let customer?):
            return ("(provider_id = ? or customer_id = ?)", [provider.description, customer.text])
        case (let provider?, nil): return ("provider_id = ?", [provider.description])
        case (nil, let customer?): return ("customer_id = ?", [customer.text])
        case (nil, nil): return ("false", [])
        }
    }
}
