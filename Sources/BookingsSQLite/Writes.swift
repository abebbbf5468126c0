import Bookings
import GRDB

extension SQLiteStore {
    package func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        try await self.write { database in try Self.perform(write, in: database) }
    }

    /// Decides by what the transaction sees, then writes all of it. Whatever refuses comes before the first change.
    private static func perform(_ write: BookingWrite, in database: Database) throws -> WriteOutcome {
        let booking = write.booking
        let now = booking.updatedAt
        if let record = write.idempotency, let first = try Idempotency.record(record.key, at: now, in: database) {
            return .decidedBefore(first)
        }
        if let expected = write.replaces {
            let sql = "select version from bookings where id = ?"
            guard try Int.fetchOne(database, sql: sql, arguments: [booking.id.description]) == expected else {
                return .stale
            }
        }
        if booking.status.holdsSlot, let blocking = try blockingSlot(of: booking, in: database) {
            return .slotTaken(blocking: blocking, nextFree: try nextFree(for: booking, in: database))
        }
        try put(booking, isNew: write.replaces == nil, in: database)
        try replaceReminders(of: booking, by: write.reminders, in: database)
        if let record = write.idempotency { try Idempotency.put(record, in: database) }
        let event = BookingEvent(booking: booking, kind: .action(write.action), occurredAt: now)
        return .written(try EventRows.append(event, origin: write.origin, in: database))
    }

    private static func put(_ booking: Booking, isNew: Bool, in database: Database) throws {
        guard isNew else {
            return try database.cachedStatement(
                sql: """
                    update bookings
                    set start_time = ?, end_time = ?, status = ?, version = ?, times_version = ?, updated_at = ?
                    where id = ?
                    """
            ).execute(arguments: [
                booking.slot.start.milliseconds, booking.slot.end.milliseconds, booking.status.rawValue,
                booking.version, booking.timesVersion, booking.updatedAt.milliseconds, booking.id.description,
            ])
        }
        try database.cachedStatement(
            sql: "insert into bookings (\(BookingRow.columns)) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: BookingRow.arguments(booking))
    }

    private static func replaceReminders(of booking: Booking, by reminders: [Reminder], in database: Database) throws {
        if booking.version > 1 {
            try database.cachedStatement(sql: "delete from reminders where booking_id = ?")
                .execute(arguments: [booking.id.description])
        }
        for reminder in reminders {
            try database.cachedStatement(
                sql:
                    "insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at) values (?, ?, ?, ?, ?)"
            ).execute(arguments: [
                reminder.bookingID.description, reminder.timesVersion, reminder.lead.wholeMilliseconds,
                reminder.dueAt.milliseconds, reminder.armedAt.milliseconds,
            ])
        }
    }

    // MARK: - The rule against overlap

    /// No slot is longer than a day, so what overlaps starts less than a day before: the index finds it at once.
    private static let heldFrom = """
        select start_time, end_time from bookings
        where provider_id = ? and start_time > ? and end_time > ? and status in ('pending', 'confirmed') and id <> ?
        """

    private static func heldArguments(_ booking: Booking) -> StatementArguments {
        let start = booking.slot.start
        return [
            booking.providerID.description, (start - TimeSlot.longest).milliseconds, start.milliseconds,
            booking.id.description,
        ]
    }

    private static func blockingSlot(of booking: Booking, in database: Database) throws -> TimeSlot? {
        let statement = try database.cachedStatement(sql: heldFrom + " and start_time < ? order by start_time limit 1")
        let row = try Row.fetchOne(
            statement, arguments: heldArguments(booking) + [booking.slot.end.milliseconds])
        return row.map(slot)
    }

    private static func nextFree(for booking: Booking, in database: Database) throws -> TimeSlot {
        let statement = try database.cachedStatement(sql: heldFrom + " order by start_time")
        let rows = try Row.fetchCursor(statement, arguments: heldArguments(booking))
        var candidate = booking.slot
        while let row = try rows.next() {
            let held = slot(row)
            if held.start >= candidate.end { break }
            candidate = candidate.firstFree(among: CollectionOfOne(held))
        }
        return candidate
    }

    private static func slot(_ row: Row) -> TimeSlot {
        .stored(start: BookingRow.instant(row["start_time"]), end: BookingRow.instant(row["end_time"]))
    }
}
