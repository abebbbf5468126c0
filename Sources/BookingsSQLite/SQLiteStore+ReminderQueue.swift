import Bookings
import GRDB

extension SQLiteStore: ReminderQueue {
    /// Returns the earliest due instant of all reminders.
    package func nextDue() async throws(StoreError) -> Timestamp? {
        try await read { database in
            let statement = try database.cachedStatement(sql: "select min(due_at) from reminders")
            return try Int64.fetchOne(statement).map(BookingRow.instant)
        }
    }

    /// Fires due reminders in one transaction.
    package func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        // Most runs find nothing due: a read spares them their turn as a writer.
        let isDue = try await read { database in
            let statement = try database.cachedStatement(
                sql: "select exists (select 1 from reminders where due_at <= ?)")
            return try Bool.fetchOne(statement, arguments: [now.milliseconds]) ?? false
        }
        guard isDue else { return .none }
        return try await write { [replica] database in
            try Self.fire(at: now, limit: limit, by: replica, in: database)
        }
    }

    private static func fire(
        at now: Timestamp, limit: Int, by replica: String?, in database: Database
    ) throws -> FiredReminders {
        let due = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    select reminders.lead_ms as reminder_lead, reminders.due_at as reminder_due,
                        reminders.armed_at as reminder_armed, reminders.times_version as reminder_times,
                        \(BookingRow.qualifiedColumns)
                    from reminders join bookings on bookings.id = reminders.booking_id
                    where reminders.due_at <= ?
                    order by reminders.due_at, reminders.booking_id, reminders.lead_ms limit ?
                    """), arguments: [now.milliseconds, limit])
        var firings: [FiredReminders.Firing] = []
        var last: LogPosition?
        for row in due {
            let booking = try BookingRow.booking(row, from: 4)
            let reminder = reminder(row, of: booking)
            try remove(reminder, in: database)
            // The booking was changed since: another reminder may wait in this one's place.
            guard booking.status == .confirmed, booking.timesVersion == reminder.timesVersion else { continue }
            let outcome = reminder.outcome(at: now, start: booking.slot.start)
            firings.append(.init(outcome: outcome, lateness: reminder.dueAt.duration(to: now)))
            guard outcome != .missed else {
                try LedgerRow.addMissed(reminder, of: booking.providerID, at: now, by: replica, in: database)
                continue
            }
            let notice = ReminderNotice(dueAt: reminder.dueAt, lead: reminder.lead, isLate: outcome == .late)
            let event = BookingEvent(booking: booking, kind: .reminder(notice), occurredAt: now)
            last = try EventRow.append(event, origin: nil, by: replica, in: database)
            try LedgerRow.addKind(of: reminder, in: database)
        }
        return FiredReminders(firings: firings, lastPosition: last, isCut: due.count == limit)
    }

    private static func reminder(_ row: Row, of booking: Booking) -> Reminder {
        Reminder(
            bookingID: booking.id, timesVersion: row["reminder_times"],
            lead: .milliseconds(row["reminder_lead"] as Int64), dueAt: BookingRow.instant(row["reminder_due"]),
            armedAt: BookingRow.instant(row["reminder_armed"]))
    }

    private static func remove(_ reminder: Reminder, in database: Database) throws {
        try database.cachedStatement(
            sql: "delete from reminders where booking_id = ? and times_version = ? and lead_ms = ?"
        ).execute(arguments: [
            reminder.bookingID.description, reminder.timesVersion, reminder.lead.wholeMilliseconds,
        ])
    }

    // MARK: - Other leads

    /// Replaces the reminders of the next bookings in one transaction. Every id is before `~` in the order of text.
    package func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        // One condition for both bounds: with two, the index may be read through all past bookings.
        let after = key.flatMap { $0.instant > now ? ($0.instant, $0.id.description) : nil } ?? (now, "~")
        return try await write { database in
            let bookings = try Row.fetchAll(
                database,
                sql: """
                    select \(BookingRow.columns) from bookings
                    where status = 'confirmed' and (start_time, id) > (?, ?)
                    order by start_time, id limit ?
                    """, arguments: [after.0.milliseconds, after.1, limit]
            ).map { try BookingRow.booking($0) }
            var result = RearmedReminders(
                bookings: bookings.count, armed: 0, dropped: 0,
                last: bookings.last.map { SortKey(instant: $0.slot.start, id: $0.id) })
            for booking in bookings {
                result.dropped += try Self.removeReminders(of: booking, except: leads, after: now, in: database)
                for reminder in ReminderPlan(leads: leads).reminders(for: booking, armedAt: now)
                where reminder.dueAt > now {
                    result.armed += try Self.add(reminder, in: database)
                }
            }
            return result
        }
    }

    /// Removes the reminders of other leads that are due after `now`, and returns their number.
    private static func removeReminders(
        of booking: Booking, except leads: [Duration], after now: Timestamp, in database: Database
    ) throws -> Int {
        let placeholders = leads.map { _ in "?" }.joined(separator: ", ")
        try database.execute(
            sql: "delete from reminders where booking_id = ? and due_at > ? and lead_ms not in (\(placeholders))",
            arguments: [booking.id.description, now.milliseconds] + StatementArguments(leads.map(\.wholeMilliseconds)))
        return database.changesCount
    }

    /// Adds a reminder unless it waits already or was fired, which its event shows. Returns how many were added.
    private static func add(_ reminder: Reminder, in database: Database) throws -> Int {
        try database.execute(
            sql: """
                insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
                select :booking, :times, :lead, :due, :armed where not exists (
                    select 1 from booking_events
                    where booking_id = :booking and times_version = :times and lead_ms = :lead
                        and first_recorded_at is null
                ) on conflict do nothing
                """,
            arguments: [
                "booking": reminder.bookingID.description, "times": reminder.timesVersion,
                "lead": reminder.lead.wholeMilliseconds, "due": reminder.dueAt.milliseconds,
                "armed": reminder.armedAt.milliseconds,
            ])
        return database.changesCount
    }
}
