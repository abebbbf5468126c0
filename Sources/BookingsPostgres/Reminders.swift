import Bookings

extension PostgresStore: ReminderQueue {
    public func nextDue() async throws(StoreError) -> Timestamp? {
        let due = try await pool.read(Statements.nextDue, []).first?.optionalInteger(0)
        return due.flatMap { $0 }.map { Timestamp(milliseconds: $0) }
    }

    public func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
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
}
