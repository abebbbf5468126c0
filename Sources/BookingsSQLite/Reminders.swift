import Bookings
import GRDB

extension SQLiteStore: ReminderQueue {
    package func nextDue() async throws(StoreError) -> Timestamp? {
        try await read { database in
            let statement = try database.cachedStatement(sql: "select min(due_at) from reminders")
            return try Int64.fetchOne(statement).map(BookingRow.instant)
        }
    }

    package func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        let isDue = try await read { database in
            let statement = try database.cachedStatement(
                sql: "select exists (select 1 from reminders where due_at <= ?)")
            return try Bool.fetchOne(statement, arguments: [now.milliseconds]) ?? false
        }
        guard isDue else { return .none }
        return try await write { database in try Self.fire(at: now, limit: limit, in: database) }
    }

    private static func fire(at now: Timestamp, limit: Int, in database: Database) throws -> FiredReminders {
        let due = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    select reminders.lead_ms as reminder_lead, reminders.due_at as reminder_due,
                        reminders.armed_at as reminder_armed, reminders.times_version as reminder_times, bookings.*
                    from reminders join bookings on bookings.id = reminders.booking_id
                    where reminders.due_at <= ?
                    order by reminders.due_at, reminders.booking_id, reminders.lead_ms limit ?
                    """), arguments: [now.milliseconds, limit])
        var firings: [FiredReminders.Firing] = []
        var last: LogPosition?
        for row in due {
            let booking = try BookingRow.booking(row)
            let reminder = Reminder(
                bookingID: booking.id, timesVersion: row["reminder_times"],
                lead: .milliseconds(row["reminder_lead"] as Int64), dueAt: BookingRow.instant(row["reminder_due"]),
                armedAt: BookingRow.instant(row["reminder_armed"]))
            try remove(reminder, in: database)
            guard booking.status == .confirmed, booking.timesVersion == reminder.timesVersion else { continue }
            let outcome = reminder.outcome(at: now, start: booking.slot.start)
            firings.append(.init(outcome: outcome, lateness: max(.zero, reminder.dueAt.duration(to: now))))
            guard outcome != .missed else { continue }
            let notice = ReminderNotice(dueAt: reminder.dueAt, lead: reminder.lead, isLate: outcome == .late)
            let event = BookingEvent(booking: booking, kind: .reminder(notice), occurredAt: now)
            last = try EventRows.append(event, origin: nil, in: database)
        }
        return FiredReminders(firings: firings, lastPosition: last, isCut: due.count == limit)
    }

    private static func remove(_ reminder: Reminder, in database: Database) throws {
        try database.cachedStatement(
            sql: "delete from reminders where booking_id = ? and times_version = ? and lead_ms = ?"
        ).execute(arguments: [
            reminder.bookingID.description, reminder.timesVersion, reminder.lead.wholeMilliseconds,
        ])
    }
}
