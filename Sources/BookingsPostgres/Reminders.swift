import Bookings

extension PostgresStore: ReminderQueue {
    package func nextDue() async throws(StoreError) -> Timestamp? {
        let due = try await pool.read(Statements.nextDue, []).first?.optionalInteger(0)
        return due.flatMap { $0 }.map { Timestamp(milliseconds: $0) }
    }

    package func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        // Most runs find nothing due: a read spares them the lock of the log.
        let isDue = try await pool.read(Statements.isDue, ["\(now.milliseconds)"]).first?.flag(0) ?? false
        guard isDue else { return .none }
        let rows = try await pool.write(Statements.fire, ["\(now.milliseconds)", "\(limit)"])
        var firings: [FiredReminders.Firing] = []
        var last: Int64?
        for number in 0..<rows.count {
            let row = rows[number]
            last = try row.optionalInteger(0) ?? last
            // A reminder that is no longer owed has no outcome.
            guard let name = row.optionalText(1) else { continue }
            guard let outcome = Reminder.Outcome(rawValue: name) else {
                throw .corrupt("a reminder has the unknown outcome \(name)")
            }
            firings.append(.init(outcome: outcome, lateness: .milliseconds(try row.integer(2))))
        }
        return FiredReminders(
            firings: firings, lastPosition: last.map { LogPosition($0) }, isCut: rows.count == limit)
    }

    package func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        let rows = try await pool.write(
            Statements.rearm,
            [
                "\(now.milliseconds)", "\(key?.instant.milliseconds ?? 0)",
                (key?.id ?? BookingID(high: 0, low: 0)).description, "\(limit)",
                WriteColumns.array(leads.map { "\($0.wholeMilliseconds)" }),
            ])
        guard let row = rows.first else { throw .corrupt("the reminders are armed without an answer") }
        let start = try row.optionalInteger(3)
        let last = try start.map { start throws(StoreError) in
            SortKey(instant: Timestamp(milliseconds: start), id: try row.identifier(4))
        }
        return RearmedReminders(
            bookings: Int(try row.integer(0)), armed: Int(try row.integer(1)), dropped: Int(try row.integer(2)),
            last: last)
    }
}
