import Bookings
import GRDB

extension SQLiteStore {
    /// Writes the booking.
    ///
    /// Writers take turns, so a request with the same idempotency key is either decided or has not begun: the outcome is
    /// never `inProgress`. A write that waits for its turn until the deadline is `unavailable`.
    package func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        try await self.write { database in try Self.perform(write, in: database) }
    }

    /// Decides by what the transaction reads, then writes. All that refuses the write comes before the first change.
    private static func perform(_ write: BookingWrite, in database: Database) throws -> WriteOutcome {
        let booking = write.booking
        let now = booking.updatedAt
        if let record = write.idempotency, let first = try IdempotencyRow.record(record.key, at: now, in: database) {
            return .decidedBefore(first)
        }
        if let expected = write.replaces {
            let sql = "select version from bookings where id = ?"
            guard try Int.fetchOne(database, sql: sql, arguments: [booking.id.description]) == expected else {
                return .stale
            }
        }
        if booking.status.holdsSlot, let conflict = try SlotConflict(of: booking, in: database) {
            return .slotTaken(blocking: conflict.blocking, nextFree: conflict.nextFree)
        }
        try put(booking, isNew: write.replaces == nil, in: database)
        try replaceReminders(of: booking, by: write.reminders, in: database)
        if let record = write.idempotency { try IdempotencyRow.put(record, in: database) }
        let event = BookingEvent(booking: booking, kind: .action(write.action), occurredAt: now)
        return .written(try EventRow.append(event, origin: write.origin, in: database))
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
        let insert = try database.cachedStatement(
            sql: "insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at) values (?, ?, ?, ?, ?)")
        for reminder in reminders {
            try insert.execute(arguments: [
                reminder.bookingID.description, reminder.timesVersion, reminder.lead.wholeMilliseconds,
                reminder.dueAt.milliseconds, reminder.armedAt.milliseconds,
            ])
        }
    }

    // MARK: - Idempotency records

    /// Returns the record of a key, unless it has expired.
    package func idempotencyRecord(
        _ key: IdempotencyKey, at now: Timestamp
    ) async throws(StoreError) -> IdempotencyRecord? {
        try await read { try IdempotencyRow.record(key, at: now, in: $0) }
    }

    /// Stores the record; never `nil`, see `write`.
    package func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await write { database in
            if let first = try IdempotencyRow.record(record.key, at: now, in: database) { return first }
            try IdempotencyRow.put(record, in: database)
            return record
        }
    }

    /// Deletes expired records.
    package func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "delete from idempotency_records where created_at < ?", arguments: [instant.milliseconds])
        }
    }
}
