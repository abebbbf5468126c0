import Bookings

extension PostgresStore {
    /// The pause before a key is tried again that another transaction has locked.
    private static let keyPause = Duration.milliseconds(50)

    /// Writes the booking by the function `write_bookings`, together with other writes that are sent at the same time.
    package func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        let columns = WriteColumns(write)
        let decided = try await waitingForKey { () async throws(StoreError) in
            try Self.outcome(of: try await self.pool.write(columns), key: write.idempotency?.key)
        }
        guard let (outcome, isSearched) = decided else { return .inProgress }
        if case .written = outcome { counts.wrote() }
        guard case .slotTaken(let blocking, let candidate) = outcome, !isSearched else { return outcome }
        return .slotTaken(blocking: blocking, nextFree: try await nextFree(from: candidate, for: write.booking))
    }

    /// Searches the provider's calendar for a free slot, in parts and without the lock of the writers.
    private func nextFree(from candidate: TimeSlot, for booking: Booking) async throws(StoreError) -> TimeSlot {
        var search = FreeSlotSearch(from: candidate)
        let calendar = [booking.providerID.description, booking.id.description]
        while true {
            switch search.next {
            case .found(let slot): return slot
            case .readHeld(let start):
                let parameters = calendar + ["\(start.milliseconds)", "\(FreeSlotSearch.partSize)"]
                search.receive(try Self.slots(try await pool.part(Statements.heldSlots, parameters)))
            case .readLast:
                search.receiveLast(try Self.slots(try await pool.part(Statements.lastHeldSlot, calendar)).first)
            }
        }
    }

    private static func slots(_ rows: PostgresRows) throws(StoreError) -> [TimeSlot] {
        try rows.map { row throws(StoreError) in .stored(start: try row.instant(0), end: try row.instant(1)) }
    }

    /// Reads a row of the type `write_outcome`; `nil` when a request with the same key is in progress.
    ///
    /// - Returns: The outcome, and whether its next free slot is known to be free.
    private static func outcome(
        of rows: PostgresRows, key: IdempotencyKey?
    ) throws(StoreError) -> (WriteOutcome, isSearched: Bool)? {
        guard let row = rows.first else { throw .corrupt("a write has no outcome") }
        let isSearched = try row.optionalInteger(12) == nil
        return try outcome(of: row, key: key).map { ($0, isSearched) }
    }

    private static func outcome(of row: PostgresRow, key: IdempotencyKey?) throws(StoreError) -> WriteOutcome? {
        switch try row.text(0) {
        case "written": return .written(LogPosition(try row.integer(1)))
        case "stale": return .stale
        case "taken":
            return .slotTaken(
                blocking: .stored(start: try row.instant(2), end: try row.instant(3)),
                nextFree: .stored(start: try row.instant(4), end: try row.instant(5)))
        case "decided":
            guard let key else { throw .corrupt("a write without a key was decided before") }
            return .decidedBefore(try RecordColumns.record(row, from: 6, key: key))
        case "in_progress": return nil
        case let other: throw .corrupt("a write has the unknown outcome \(other)")
        }
    }

    /// Returns the record of a key. Lookups of several callers go out as one statement.
    package func idempotencyRecord(
        _ key: IdempotencyKey, at now: Timestamp
    ) async throws(StoreError) -> IdempotencyRecord? {
        let oldest = now - IdempotencyKey.lifetime
        let rows = try await pool.lookUp(
            BatchedLookup(Statements.record, RecordColumns.key(key) + ["\(oldest.milliseconds)"]))
        guard let row = rows.first else { return nil }
        return try RecordColumns.record(row, from: 0, key: key)
    }

    /// Stores the record, after any request with the same key that is being decided.
    package func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        let oldest = now - IdempotencyKey.lifetime
        let parameters = RecordColumns.parameters(record) + ["\(oldest.milliseconds)"]
        return try await waitingForKey { () async throws(StoreError) in
            _ = try await self.pool.write(Statements.keep, parameters)
            return try await self.idempotencyRecord(record.key, at: now)
        }
    }

    /// Deletes expired records, except those whose keys are being decided.
    package func forgetIdempotencyRecords(
        from first: Timestamp, before end: Timestamp, limit: Int
    ) async throws(StoreError) -> Timestamp? {
        let rows = try await pool.part(
            Statements.forget, ["\(first.milliseconds)", "\(end.milliseconds)", "\(limit)"])
        guard let row = rows.first, try row.integer(0) == limit else { return nil }
        return try row.instant(1)
    }

    /// Repeats an attempt that returns `nil` while another transaction decides a request with the same key.
    ///
    /// Waiting here instead of in the database keeps the connection and the lock of the log free for other writes.
    ///
    /// - Returns: `nil` when the key is still locked at the deadline of a statement.
    private func waitingForKey<Value: Sendable>(
        _ attempt: () async throws(StoreError) -> Value?
    ) async throws(StoreError) -> Value? {
        let deadline = ContinuousClock.now + PostgresPool.timeout
        while true {
            if let value = try await attempt() { return value }
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: Self.keyPause)) != nil else { return nil }
        }
    }
}
