import Bookings

// Scenarios about reminders and their instants.

extension PlanBuilder {
    /// Bookings are created over the first half; some are cancelled or moved before their reminder is due.
    package mutating func reminders(_ count: Int) {
        for _ in 0..<count {
            let made = instant(0..<until / 2)
            // Some start within the lead: their reminder is sent at once.
            let ahead = chance(10) ? instant(1000..<600_000) : instant(600_000..<max(until / 2, 600_001))
            let label = book(at: made, start: made + ahead, minutes: number(5..<60))
            changeMind(label, made: made, start: made + ahead)
        }
    }

    /// Bookings are created in the first seconds, and their reminders are due in the last minute of a run that takes
    /// little longer than the longest lead. Some are cancelled before.
    mutating func timedReminders(_ count: Int) {
        let lead = settings.leads.max() ?? 0
        for index in 0..<count {
            let made = Int64(index) * min(20_000, until / 4) / Int64(count)
            let due = max(made + 2000, until - 50_000) + instant(0..<30_000)
            let label = book(at: made, provider: index % settings.providers, start: due + lead, minutes: 1)
            if chance(20) { act(at: (made + due) / 2, label, .cancel) }
        }
    }

    /// Four in ten bookings are cancelled or moved, at any time before their end.
    private mutating func changeMind(_ label: String, made: Int64, start: Int64) {
        guard chance(40) else { return }
        let later = made + instant(1000..<max(start - made, 1001))
        if chance(50) {
            act(at: later, label, .cancel)
        } else {
            act(at: later, label, .reschedule, start: later + instant(60_000..<4 * Self.hour), minutes: number(5..<60))
        }
    }

    /// Changes just before, at and just after due instants, some between the query for due reminders and their claim.
    mutating func cancelReschedule(_ count: Int) {
        for _ in 0..<count {
            let made = instant(0..<until / 2)
            let start = made + instant(700_000..<2 * Self.hour)
            let label = book(at: made, start: start, minutes: number(5..<30))
            let due = start - pick(settings.leads)
            switch number(0..<10) {
            case 0..<3: act(at: due + Int64(number(-2..<3)), label, .cancel)
            case 3..<6: move(label, at: due + Int64(number(-2..<3)), from: start)
            case 6..<8: betweenLookAndClaim(label, due: due, start: start)
            case 8: act(at: start + Int64(number(0..<2)), label, pick([.complete, .noShow]))
            default:
                // Moved away and back again: equal times, but another version of them.
                act(at: due - 2000, label, .reschedule, start: start + Self.hour, minutes: 20)
                act(at: due - 1000, label, .reschedule, start: start, minutes: 20)
            }
            if chance(20) { act(at: due + 5000, label, .cancel, by: customer()) }
        }
    }

    private mutating func move(_ label: String, at instant: Int64, from start: Int64) {
        act(
            at: instant, label, .reschedule, start: start + Int64(number(1..<7200)) * 1000, minutes: number(5..<30),
            match: chance(30) ? 1 : nil)
    }

    private mutating func betweenLookAndClaim(_ label: String, due: Int64, start: Int64) {
        for replica in 0..<replicas { begin(.holdReminders, on: .replica(replica), at: due - 1) }
        if chance(50) { act(at: due, label, .cancel) } else { move(label, at: due, from: start) }
        for replica in 0..<replicas { heal(.holdReminders, on: .replica(replica), at: due) }
    }

    /// Machines whose clocks are wrong and jump.
    mutating func clockSkew(_ count: Int) {
        reminders(count)
        for _ in 0..<6 { inject(.clockStep) }
    }

    /// Bookings at local times around the nights in which clocks change, and lists read at the ends of bookings.
    mutating func dst(_ count: Int) {
        // From the beginning of the plan to 2030-03-31T01:00Z, when central Europe changes from 02:00 to 03:00.
        let night: Int64 = 43 * Self.hour
        for _ in 0..<count {
            // Half of them are in that night and the days around it, half anywhere.
            let isNear = chance(50)
            let made = isNear ? instant(0..<night - 12 * Self.hour) : instant(0..<until / 2)
            let start =
                isNear
                ? night + Int64(number(-24..<48)) * Self.hour / 2 : made + instant(600_000..<max(until / 2, 600_001))
            let label = book(at: made, start: start, minutes: pick([15, 30, 60]))
            changeMind(label, made: isNear ? night - 12 * Self.hour : made, start: start)
        }
        for _ in 0..<10 { add(at: night + Int64(number(-10..<30)) * Self.hour / 2, .admin, .partition) }
    }

    /// A great many reminders are due at one instant; their bookings are created in the hours before it. Each booking has
    /// a provider of its own, so that all of them begin at once.
    mutating func rushHour(_ count: Int) {
        let start = until / 2
        var made = 0
        while made < count {
            let burst = min(count - made, 50)
            let operations = (made..<made + burst).map { number in
                operation(
                    customer(),
                    .create(booking: label(), provider: number, start: start, minutes: number % 60 + 1, key: nil))
            }
            add(at: Int64(made) * (start / 2) / Int64(count), operations)
            made += burst
        }
    }
}
