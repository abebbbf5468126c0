import Bookings
import GRDB

extension SQLiteStore {
    package func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        try await write { database in
            let bookings = try Row.fetchAll(
                database,
                sql: """
                    select \(BookingRow.columns) from bookings
                    where status = 'confirmed' and start_time > ? and (start_time, id) > (?, ?)
                    order by start_time, id limit ?
                    """,
                arguments: [
                    now.milliseconds, key?.instant.milliseconds ?? 0, key?.id.description ?? "", limit,
                ]
            ).map { try BookingRow.booking($0) }
            var result = RearmedReminders(
                bookings: bookings.count, armed: 0, dropped: 0,
                last: bookings.last.map { SortKey(instant: $0.slot.start, id: $0.id) })
            for booking in bookings {
                result.dropped += try Self.drop(of: booking, but: leads, at: now, in: database)
                for reminder in ReminderPlan(leads: leads).reminders(for: booking, armedAt: now)
                where reminder.dueAt > now {
                    result.armed += try Self.arm(reminder, in: database)
                }
            }
            return result
        }
    }

    private static func drop(
        of booking: Booking, but leads: [Duration], at now: Timestamp, in database: Database
    ) throws -> Int {
        let marks = leads.map { _ in "?" }.joined(separator: ", ")
        try database.execute(
            sql: "delete from reminders where booking_id = ? and due_at > ? and lead_ms not in (\(marks))",
            arguments: [booking.id.description, now.milliseconds] + StatementArguments(leads.map(\.wholeMilliseconds)))
        return database.changesCount
    }

    /// One that was fired has its event.
    private static func arm(_ reminder: Reminder, in database: Database) throws -> Int {
        try database.execute(
            sql: """
                insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at)
                select :booking, :times, :lead, :due, :armed where not exists (
                    select 1 from booking_events
                    where booking_id = :booking and times_version = :times and lead_ms = :lead
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
