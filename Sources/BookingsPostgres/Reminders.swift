import Bookings

extension PostgresStore: ReminderQueue {
    package func nextDue() async throws(StoreError) -> Timestamp? {
        let due = try await pool.read(Statements.nextDue, []).first?.optionalInteger(0)
        return due.flatMap { $0 }.map { Timestamp(milliseconds: $0) }
    }

    package func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        // Most looks find nothing: they do not touch the head of the log.
        let isDue = try await pool.read(Statements.isDue, ["\(now.milliseconds)"]).first?.flag(0) ?? false
        guard isDue else { return FiredReminders(events: [], missed: 0, isCut: false) }
        let fired = try await pool.write(Statements.fire, ["\(now.milliseconds)", "\(limit)"])
        var places: [Int64] = []
        for row in 0..<fired.count {
            if let place = try fired[row].optionalInteger(0) { places.append(place) }
        }
        var events: [LoggedEvent] = []
        if !places.isEmpty {
            let rows = try await pool.read(Statements.eventsAt, ["{\(places.map { "\($0)" }.joined(separator: ","))}"])
            for row in 0..<rows.count { events.append(try Self.event(rows[row], from: 0)) }
        }
        return FiredReminders(
            events: events, missed: fired.map { $0.flag(1) }.count { $0 }, isCut: fired.count == limit)
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
