import Bookings
import Foundation
import GRDB

extension SQLiteStore: BookingStore {
    package func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await read { database in
            let statement = try database.cachedStatement(sql: "select \(BookingRow.columns) from bookings where id = ?")
            return try Row.fetchOne(statement, arguments: [id.description]).map { try BookingRow.booking($0) }
        }
    }

    package func bookings(_ query: BookingQuery, _ stretch: PageContent) async throws(StoreError) -> ListRows {
        let statement = ListStatement(query)
        return try await read { database in
            let (sql, arguments) = statement.rows(stretch)
            let bookings = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
                .map { try BookingRow.booking($0) }
            guard case .page = stretch else { return ListRows(bookings: bookings, total: nil, changesAt: nil) }
            let count = try Row.fetchOne(
                database.cachedStatement(sql: statement.summary), arguments: statement.summaryArguments)
            return ListRows(
                bookings: bookings, total: count?["total"] ?? 0,
                changesAt: (count?["changes_at"] as Int64?).map(BookingRow.instant))
        }
    }

    package func history(
        of id: BookingID, from version: Int, limit: Int
    ) async throws(StoreError) -> [HistoryEntry] {
        try await read { database in
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        select \(EventRows.columns), actor_subject, actor_roles, request_id from booking_events
                        where booking_id = ? and lead_ms is null and version >= ? order by version limit ?
                        """), arguments: [id.description, version, limit])
            return try rows.map { row in
                guard let subject = Subject(row["actor_subject"]), let action = ActionName(rawValue: row["action"])
                else {
                    throw StoreError.corrupt("a history entry cannot be read: \(row)")
                }
                let roles = (row["actor_roles"] as String).split(separator: ",").compactMap {
                    Role(rawValue: String($0))
                }
                return HistoryEntry(
                    booking: try BookingRow.booking(row, id: "booking_id"), action: action,
                    origin: RequestOrigin(subject: subject, roles: roles, requestID: row["request_id"]))
            }
        }
    }

    package func idempotencyRecord(
        _ key: IdempotencyKey, at now: Timestamp
    ) async throws(StoreError) -> IdempotencyRecord? {
        try await read { try Idempotency.record(key, at: now, in: $0) }
    }

    package func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord {
        try await write { database in
            if let first = try Idempotency.record(record.key, at: now, in: database) { return first }
            try Idempotency.put(record, in: database)
            return record
        }
    }

    package func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "delete from idempotency_records where created_at < ?", arguments: [instant.milliseconds])
        }
    }

    package func sealingKey() async throws(StoreError) -> [UInt8] {
        try await read { database in
            let sql = "select value from settings where name = 'sealing_key'"
            guard let key = try Data.fetchOne(database, sql: sql), key.count == 32 else {
                throw StoreError.corrupt("the sealing key is missing")
            }
            return Array(key)
        }
    }

    /// Of this opening of the database: no other process shares it.
    package func databaseIdentity() async throws(StoreError) -> [UInt8] { opening }
}
