import Bookings
import GRDB

extension SQLiteStore: ReminderLedger {
    /// Returns a page of the ledger by one statement.
    package func reminders(
        _ filter: ReminderFilter, after key: ReminderKey?, limit: Int
    ) async throws(StoreError) -> [ReminderEntry] {
        let list = LedgerStatement(filter, after: key, limit: limit)
        return try await read { database in
            try Row.fetchAll(database.cachedStatement(sql: list.sql), arguments: list.arguments)
                .map(LedgerRow.entry)
        }
    }

    /// Appends a copy of the event in one transaction.
    package func replay(_ id: EventID, at now: Timestamp) async throws(StoreError) -> ReplayOutcome {
        try await write { database in
            guard let entry = try Self.recordedReminder(id, in: database) else { return .unknown }
            let identity = entry.identity
            let statement = try database.cachedStatement(
                sql: """
                    select exists (
                        select 1 from bookings where id = ? and status = 'confirmed' and times_version = ?
                    )
                    """)
            guard
                try Bool.fetchOne(statement, arguments: [identity.bookingID.description, identity.timesVersion])
                    ?? false
            else { return .notOwed }
            let position = try EventRow.nextPosition(in: database)
            let copied = """
                action, booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version,
                times_version, created_at, updated_at, lead_ms, due_at, late, recorded_by
                """
            try database.execute(
                sql: """
                    insert into booking_events (position, occurred_at, first_recorded_at, \(copied))
                    select ?, ?, occurred_at, \(copied) from booking_events
                    where booking_id = ? and times_version = ? and lead_ms = ? and first_recorded_at is null
                    """,
                arguments: [
                    position, now.milliseconds, identity.bookingID.description, identity.timesVersion,
                    identity.lead.wholeMilliseconds,
                ])
            return .announced(entry, LogPosition(position))
        }
    }

    /// Returns the reminder whose event has this id; see `ReminderKind`.
    private static func recordedReminder(_ id: EventID, in database: Database) throws -> ReminderEntry? {
        let statement = try database.cachedStatement(
            sql: """
                select booking_id, times_version, lead_ms, provider_id, due_at,
                    case when late then 'late' else 'fired' end as outcome, occurred_at as recorded_at, recorded_by
                from booking_events
                where booking_id = ? and times_version = ? and lead_ms = ? and first_recorded_at is null
                """)
        for candidate in try LedgerRow.kinds(in: database).lazy.flatMap({ $0.candidates(for: id) }) {
            let row = try Row.fetchOne(
                statement,
                arguments: [
                    candidate.bookingID.description, candidate.timesVersion, candidate.lead.wholeMilliseconds,
                ])
            if let row { return try LedgerRow.entry(row) }
        }
        return nil
    }
}
