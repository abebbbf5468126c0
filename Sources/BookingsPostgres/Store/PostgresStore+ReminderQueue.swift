import Bookings

extension PostgresStore: ReminderQueue {
    /// Returns the earliest due instant of all reminders.
    package func nextDue() async throws(StoreError) -> Timestamp? {
        let due = try await pool.read(Statements.nextDue, []).first?.optionalInteger(0)
        return due.flatMap { $0 }.map { Timestamp(milliseconds: $0) }
    }

    /// Fires due reminders by the function `fire_due_reminders`.
    package func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        // Most runs find nothing due: a read spares them the lock of the log.
        let isDue = try await pool.read(Statements.isDue, ["\(now.milliseconds)"]).first?.flag(0) ?? false
        guard isDue else { return .none }
        let rows = try await pool.write(Statements.fire, ["\(now.milliseconds)", "\(limit)", replica])
        var firings: [FiredReminders.Firing] = []
        var last: Int64?
        for index in 0..<rows.count {
            last = try rows[index].optionalInteger(0) ?? last
            if let firing = try Self.firing(rows[index]) { firings.append(firing) }
        }
        return FiredReminders(
            firings: firings, lastPosition: last.map { LogPosition($0) }, isCut: rows.count == limit)
    }

    /// Reads the outcome of a reminder; `nil` when it was no longer owed.
    private static func firing(_ row: PostgresRow) throws(StoreError) -> FiredReminders.Firing? {
        guard let name = row.optionalText(1) else { return nil }
        guard let outcome = Reminder.Outcome(rawValue: name) else {
            throw .corrupt("a reminder has the unknown outcome \(name)")
        }
        return .init(outcome: outcome, lateness: .milliseconds(try row.integer(2)))
    }

    /// Replaces reminders by the function `rearm_reminders`.
    package func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        let start = key?.instant.milliseconds ?? 0
        let id = key?.id ?? BookingID(high: 0, low: 0)
        let rows = try await pool.write(
            Statements.rearm,
            [
                "\(now.milliseconds)", "\(start)", id.description, "\(limit)",
                PostgresArray.literal(leads.map { "\($0.wholeMilliseconds)" }),
            ])
        guard let row = rows.first else { throw .corrupt("rearm_reminders returned no row") }
        let last = try row.optionalInteger(3).map { start throws(StoreError) in
            SortKey(instant: Timestamp(milliseconds: start), id: try row.identifier(4))
        }
        return RearmedReminders(
            bookings: Int(try row.integer(0)), armed: Int(try row.integer(1)), dropped: Int(try row.integer(2)),
            last: last)
    }
}
