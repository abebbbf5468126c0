import Bookings

extension PostgresStore: BookingStore {
    package func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        let rows = try await pool.lookUp(BatchedLookup(Statements.booking, [id.description]))
        guard let row = rows.first else { return nil }
        return try BookingColumns.booking(row)
    }

    package func bookings(_ query: BookingQuery, _ stretch: PageContent) async throws(StoreError) -> ListRows {
        let list = ListStatement(query, stretch)
        let rows = try await pool.list(list.statement, list.parameters)
        var bookings: [Booking] = []
        guard case .page = stretch else {
            for row in 0..<rows.count { bookings.append(try BookingColumns.booking(rows[row])) }
            return ListRows(bookings: bookings, total: nil, changesAt: nil)
        }
        // Past the end there is one row, without a booking.
        for row in 0..<rows.count where rows[row].optionalText(2) != nil {
            bookings.append(try BookingColumns.booking(rows[row], from: 2))
        }
        let changesAt = try rows.first?.optionalInteger(1)
        return ListRows(
            bookings: bookings, total: Int(try rows.first?.integer(0) ?? 0),
            changesAt: changesAt.map { Timestamp(milliseconds: $0) })
    }

    package func history(
        of id: BookingID, from version: Int, limit: Int
    ) async throws(StoreError) -> [HistoryEntry] {
        let rows = try await pool.list(Statements.history, [id.description, "\(version)", "\(limit)"])
        var entries: [HistoryEntry] = []
        for number in 0..<rows.count {
            let row = rows[number]
            let next = BookingColumns.count
            guard let action = ActionName(rawValue: try row.text(next)), let subject = Subject(try row.text(next + 1))
            else { throw .corrupt("a history entry cannot be read") }
            let roles = try row.text(next + 2).split(separator: ",").compactMap { Role(rawValue: String($0)) }
            entries.append(
                HistoryEntry(
                    booking: try BookingColumns.booking(row), action: action,
                    origin: RequestOrigin(subject: subject, roles: roles, requestID: try row.text(next + 3))))
        }
        return entries
    }

    package func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        let record = write.idempotency
        let rows = try await pool.write(WriteColumns(write))
        guard let row = rows.first else { throw .corrupt("a write has no outcome") }
        switch try row.text(0) {
        case "written": return .written(LogPosition(try row.integer(1)))
        case "stale": return .stale
        case "taken":
            return .slotTaken(
                blocking: .stored(start: try row.instant(2), end: try row.instant(3)),
                nextFree: .stored(start: try row.instant(4), end: try row.instant(5)))
        case "decided":
            guard let record else { throw .corrupt("a write without a key was decided before") }
            return .decidedBefore(try RecordColumns.record(row, from: 6, key: record.key))
        case let other: throw .corrupt("a write has the unknown outcome \(other)")
        }
    }

    package func idempotencyRecord(
        _ key: IdempotencyKey, at now: Timestamp
    ) async throws(StoreError) -> IdempotencyRecord? {
        let oldest = now - IdempotencyKey.lifetime
        let rows = try await pool.lookUp(
            BatchedLookup(
                Statements.record, [key.subject.text, key.method, key.path, key.key, "\(oldest.milliseconds)"]))
        guard let row = rows.first else { return nil }
        return try RecordColumns.record(row, from: 0, key: key)
    }

    package func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord {
        let oldest = now - IdempotencyKey.lifetime
        _ = try await pool.write(Statements.keep, RecordColumns.parameters(record) + ["\(oldest.milliseconds)"])
        guard let kept = try await idempotencyRecord(record.key, at: now) else {
            throw .corrupt("an idempotency record is gone as soon as it is kept")
        }
        return kept
    }

    package func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError) {
        _ = try await pool.write(Statements.forget, ["\(instant.milliseconds)"])
    }

    package func sealingKey() async throws(StoreError) -> [UInt8] {
        let rows = try await pool.read(Statements.sealingKey, [])
        guard let key = try rows.first?.bytes(0), key.count == 32 else { throw .corrupt("the sealing key is missing") }
        return key
    }

    /// The cluster's identifier, made by `initdb`, and the database's number in it: a standby that takes over has both,
    /// a restored dump and `createdb -T` have not. A physical copy of the whole cluster has both, too.
    package func databaseIdentity() async throws(StoreError) -> [UInt8] {
        do {
            return try await identity(Statements.databaseIdentity)
        } catch .corrupt {
            // An operator may have taken the right to ask for the cluster from the role.
            return try await identity(Statements.databaseNumber)
        }
    }

    private func identity(_ statement: PostgresStatement) async throws(StoreError) -> [UInt8] {
        guard let row = try await pool.read(statement, []).first else {
            throw .corrupt("the database does not tell its identity")
        }
        return Array(try row.text(0).utf8)
    }

    package func ping() async throws(StoreError) {
        try await pool.ping()
    }
}

/// Columns and values of an idempotency record.
enum RecordColumns {
    static let none = [String?](repeating: nil, count: 11)

    static func parameters(_ record: IdempotencyRecord) -> [String?] {
        let (key, answer) = (record.key, record.answer)
        return [
            key.subject.text, key.method, key.path, key.key, record.bodyDigest.hexadecimal, "\(answer.status)",
            answer.contentType, answer.etag, answer.location, answer.body.hexadecimal,
            "\(record.createdAt.milliseconds)",
        ]
    }

    /// Columns in the order body_digest, status, content_type, etag, location, body, created_at.
    static func record(
        _ row: PostgresRow, from first: Int, key: IdempotencyKey
    ) throws(StoreError) -> IdempotencyRecord {
        IdempotencyRecord(
            key: key, bodyDigest: try row.bytes(first),
            answer: StoredAnswer(
                status: Int(try row.integer(first + 1)), contentType: try row.text(first + 2),
                etag: row.optionalText(first + 3), location: row.optionalText(first + 4),
                body: try row.bytes(first + 5)),
            createdAt: try row.instant(first + 6))
    }
}
