import Bookings

extension PostgresStore: AuditSource {
    /// Returns the next bookings by one statement, which is one snapshot, on the connection for work in parts.
    package func audited(after id: BookingID?, limit: Int) async throws(StoreError) -> [AuditedBooking] {
        let first = id ?? BookingID(high: 0, low: 0)
        let rows = try await pool.part(Statements.audited, [first.description, "\(limit)"])
        return try rows.map { row throws(StoreError) in try AuditColumns.booking(row) }
    }

    /// Returns the next events and which of them have no booking.
    package func auditedEvents(after position: LogPosition, limit: Int) async throws(StoreError) -> AuditedEvents {
        let rows = try await pool.part(Statements.auditedEvents, ["\(position.number)", "\(limit)"])
        var last: LogPosition?
        var missing: Set<BookingID> = []
        for index in 0..<rows.count {
            last = LogPosition(try rows[index].integer(0))
            if rows[index].optionalText(1) != nil { missing.insert(try rows[index].identifier(1)) }
        }
        return AuditedEvents(last: last, withoutBooking: missing.sorted())
    }
}

/// Reads the columns of `Statements.audited`.
private enum AuditColumns {
    static func booking(_ row: PostgresRow) throws(StoreError) -> AuditedBooking {
        let booking = try BookingColumns.booking(row)
        // Behind the booking's columns and holds_slot.
        let first = BookingColumns.count + 1
        let overlapping: BookingID? = try row.optionalText(first) == nil ? nil : row.identifier(first)
        let result = try row.optionalText(first + 7) == nil ? nil : BookingColumns.booking(row, from: first + 7)
        return AuditedBooking(
            booking: booking, overlapping: overlapping,
            waiting: try numbers(row.optionalText(first + 1)).map { numbers in
                Reminder(
                    bookingID: booking.id, timesVersion: Int(numbers[0]), lead: .milliseconds(numbers[1]),
                    dueAt: Timestamp(milliseconds: numbers[2]), armedAt: Timestamp(milliseconds: numbers[3]))
            },
            recorded: try numbers(row.optionalText(first + 2)).map { numbers in
                AuditedBooking.RecordedReminder(
                    kind: ReminderKind(timesVersion: Int(numbers[0]), lead: .milliseconds(numbers[1])),
                    dueAt: Timestamp(milliseconds: numbers[2]), occurredAt: Timestamp(milliseconds: numbers[3]))
            },
            changes: AuditedBooking.Changes(
                count: Int(try row.integer(first + 3)), first: Int(try row.integer(first + 4)),
                last: Int(try row.integer(first + 5)), areOfOneBooking: row.flag(first + 6), result: result))
    }

    /// Reads groups of four numbers, which are separated by commas and inside by colons.
    private static func numbers(_ text: String?) throws(StoreError) -> [[Int64]] {
        let groups = (text ?? "").split(separator: ",").map { group in
            group.split(separator: ":").compactMap { Int64($0) }
        }
        guard groups.allSatisfy({ $0.count == 4 }) else { throw .corrupt("a reminder has a null column") }
        return groups
    }
}
