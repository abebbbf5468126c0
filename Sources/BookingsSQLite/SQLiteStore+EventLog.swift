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
            // With `or`, all events of the owner would be read and sorted: each condition follows an index of its own.
            let parts = ScopeCondition.alternatives(scope)
            let selects = parts.map { part in
                """
                select * from (
                    select \(EventRow.columns) from booking_events
                    where position > ? and occurred_at >= ? and \(part.sql) order by position limit ?
                )
                """
            }
            let statement = try database.cachedStatement(
                sql: selects.joined(separator: " union all ") + " order by position limit ?")
            let arguments = parts.reduce(into: StatementArguments()) { all, part in
                all += [start.number, keptSince.milliseconds] + part.arguments + [limit]
            }
            let rows = try Row.fetchAll(statement, arguments: arguments + [limit])
            return EventSlice(events: try rows.map(EventRow.event), limit: limit, head: try Self.head(database))
        }
    }

    /// Returns the position just before the oldest readable event.
    package func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await read { try Self.oldest(keptSince: keptSince, in: $0) }
    }

    /// Returns the owners of the events after a position along the primary key.
    package func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
        try await read { database in
            let head = try Self.head(database)
            guard head.number - position.number <= LogChanges.maximumSpan else {
                return LogChanges(head: head, changes: nil)
            }
            let statement = try database.cachedStatement(
                sql: """
                    select position, provider_id, customer_id from booking_events where position > ? order by position
                    """)
            let rows = try Row.fetchAll(statement, arguments: [position.number])
            return LogChanges(head: head, changes: try rows.map(EventRow.change))
        }
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
    package func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        // Most runs find nothing: a read spares them their turn as a writer.
        let isDue = try await read { database in
            try Self.oldest(keptSince: keptSince, in: database) > Self.floor(database)
                || LedgerRow.hasMissed(before: keptSince, in: database)
        }
        guard isDue else { return false }
        return try await write { database in
            let hasMore = try LedgerRow.removeMissed(before: keptSince, limit: limit, in: database)
            let before = try Self.floor(database).number
            let boundary = try Self.oldest(keptSince: keptSince, in: database).number
            let cut = try Int64.fetchOne(
                database.cachedStatement(
                    sql: """
                        select position from booking_events where position > ? and position <= ?
                        order by position limit 1 offset ?
                        """), arguments: [before, boundary, limit - 1])
            let floor = cut ?? boundary
            try database.execute(sql: "update event_log_head set floor = ?", arguments: [floor])
            // The events of actions stay: they are the history of bookings.
            try database.execute(
                sql: "delete from booking_events where position > ? and position <= ? and lead_ms is not null",
                arguments: [before, floor])
            return hasMore || floor < boundary
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
            sql: "select position, occurred_at from booking_events where position > ? order by position limit 1")
        return try RetentionBoundary.search(
            from: floor(database), to: head(database), keptSince: keptSince
        ) { position in
            try Row.fetchOne(statement, arguments: [position.number]).map { row in
                (LogPosition(row["position"]), BookingRow.instant(row["occurred_at"]))
            }
        }
    }
}
