import Bookings
import GRDB

/// The rows of the ledger of reminders besides those of waiting reminders and of events.
enum LedgerRow {
    /// Records a reminder that has no event, because its booking had started.
    static func addMissed(
        _ reminder: Reminder, of provider: ProviderID, at now: Timestamp, by replica: String?, in database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                insert into missed_reminders
                (booking_id, times_version, lead_ms, provider_id, due_at, recorded_at, recorded_by)
                values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing
                """
        ).execute(arguments: [
            reminder.bookingID.description, reminder.timesVersion, reminder.lead.wholeMilliseconds,
            provider.description, reminder.dueAt.milliseconds, now.milliseconds, replica,
        ])
    }

    /// Whether reminders were missed before the instant.
    static func hasMissed(before instant: Timestamp, in database: Database) throws -> Bool {
        let statement = try database.cachedStatement(
            sql: "select exists (select 1 from missed_reminders where recorded_at < ?)")
        return try Bool.fetchOne(statement, arguments: [instant.milliseconds]) ?? false
    }

    /// Deletes reminders that were missed before the instant, the oldest first. Returns whether more may be left.
    static func removeMissed(before instant: Timestamp, limit: Int, in database: Database) throws -> Bool {
        try database.execute(
            sql: """
                delete from missed_reminders where (booking_id, times_version, lead_ms) in (
                    select booking_id, times_version, lead_ms from missed_reminders
                    where recorded_at < ? order by recorded_at limit ?
                )
                """, arguments: [instant.milliseconds, limit])
        return database.changesCount == limit
    }

    /// Keeps the pair of version and lead, by which the booking of an event's id is found.
    static func addKind(of reminder: Reminder, in database: Database) throws {
        try database.cachedStatement(
            sql: "insert into reminder_kinds (times_version, lead_ms) values (?, ?) on conflict do nothing"
        ).execute(arguments: [reminder.timesVersion, reminder.lead.wholeMilliseconds])
    }

    /// Returns every kind that an event of a reminder ever had.
    static func kinds(in database: Database) throws -> [ReminderKind] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "select times_version, lead_ms from reminder_kinds order by lead_ms, times_version")
        ).map { ReminderKind(timesVersion: $0["times_version"], lead: .milliseconds($0["lead_ms"] as Int64)) }
    }

    /// Reads an entry from a row that has the columns of `LedgerStatement`.
    static func entry(_ row: Row) throws -> ReminderEntry {
        guard let booking = BookingID(row["booking_id"] as String),
            let provider = ProviderID(row["provider_id"] as String),
            let outcome = ReminderEntry.Outcome(rawValue: row["outcome"])
        else { throw StoreError.corrupt("a reminder's row has an invalid id: \(row)") }
        return ReminderEntry(
            identity: ReminderIdentity(
                bookingID: booking, timesVersion: row["times_version"], lead: .milliseconds(row["lead_ms"] as Int64)),
            providerID: provider, dueAt: BookingRow.instant(row["due_at"]), outcome: outcome,
            recordedAt: (row["recorded_at"] as Int64?).map(BookingRow.instant), recordedBy: row["recorded_by"])
    }
}
