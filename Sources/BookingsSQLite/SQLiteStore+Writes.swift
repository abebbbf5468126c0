import Bookings
import GRDB

extension SQLiteStore {
    /// Writes the booking.
    ///
    /// Writers take turns, so a request with the same idempotency key is either decided or has not begun: the outcome is
    /// never `inProgress`. A write that waits for its turn until the deadline is `unavailable`.
    package func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        let (outcome, isSearched) = try await self.write { database in try Self.perform(write, in: database) }
        guard case .slotTaken(let blocking, let candidate) = outcome, !isSearched else { return outcome }
        return .slotTaken(blocking: blocking, nextFree: try await nextFree(from: candidate, for: write.booking))
    }

    /// Searches the provider's calendar for a free slot, in parts and outside the turn of the writers.
    private func nextFree(from candidate: TimeSlot, for booking: Booking) async throws(StoreError) -> TimeSlot {
        var search = FreeSlotSearch(from: candidate)
        while true {
            switch search.next {
            case .found(let slot): return slot
            case .readHeld(let start):
                search.receive(
                    try await read {
                        try HeldSlots.startingFrom(start, limit: FreeSlotSearch.partSize, besides: booking, in: $0)
                    })
            case .readLast:
                search.receiveLast(try await read { try HeldSlots.last(besides: booking, in: $0) })
            }
        }
    }

    /// Decides by what the transaction reads, then writes. All that refuses the write comes before the first change.
    ///
    /// - Returns: The outcome, and whether its next free slot is known to be free.
    private static func perform(
        _ write: BookingWrite, in database: Database
    ) throws -> (WriteOutcome, isSearched: Bool) {
        let booking = write.booking
        let now = booking.updatedAt
        if let record = write.idempotency, let first = try IdempotencyRow.record(record.key, at: now, in: database) {
            return (.decidedBefore(first), true)
        }
        var before: (start: Timestamp, status: String)?
        if let expected = write.replaces {
            let statement = try database.cachedStatement(
                sql: "select version, start_time, status from bookings where id = ?")
            guard let row = try Row.fetchOne(statement, arguments: [booking.id.description]),
                row["version"] == expected
            else { return (.stale, true) }
            before = (BookingRow.instant(row["start_time"]), row["status"])
        }
        if booking.status.holdsSlot, let conflict = try SlotConflict(of: booking, in: database) {
            return (.slotTaken(blocking: conflict.blocking, nextFree: conflict.candidate), conflict.isSearched)
        }
        try put(booking, isNew: write.replaces == nil, in: database)
        try CountRow.change(from: before, to: booking, in: database)
        try replaceReminders(of: booking, by: write.reminders, in: database)
        if let record = write.idempotency { try IdempotencyRow.put(record, in: database) }
        let event = BookingEvent(booking: booking, kind: .action(write.action), occurredAt: now)
        return (.written(try EventRow.append(event, origin: write.origin, in: database)), true)
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
    package func forgetIdempotencyRecords(
        from first: Timestamp, before end: Timestamp, limit: Int
    ) async throws(StoreError) -> Timestamp? {
        let expired = """
            select subject, method, path, key from idempotency_records
            where created_at >= ? and created_at < ? order by created_at limit ?
            """
        let arguments: StatementArguments = [first.milliseconds, end.milliseconds, limit]
        // Most runs find nothing: a read spares them their turn as a writer.
        let isDue = try await read { database in
            try Bool.fetchOne(
                database.cachedStatement(sql: "select exists (\(expired))"), arguments: arguments) ?? false
        }
        guard isDue else { return nil }
        return try await write { database in
            let sql = """
                delete from idempotency_records where (subject, method, path, key) in (\(expired))
                returning created_at
                """
            let deleted = try Int64.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
            return deleted.count == limit ? deleted.max().map(BookingRow.instant) : nil
        }
    }
}
