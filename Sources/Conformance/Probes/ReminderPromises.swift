import Bookings

extension Promise {
    static let reminders = [
        Promise(.seed, "reminder-event", "The provider's socket receives the reminder of a booking.", .waits) { probe in
            let provider = probe.provider()
            let inbox = try await probe.listen(provider)
            let (id, start) = try await probe.createdSoon(
                provider, in: probe.profile.lead + notice, length: .seconds(60))
            try await probe.reach(start - probe.profile.lead)
            try await probe.expectEvent(.reminder, of: id, in: inbox, for: "the provider")
            await inbox.close()
        },
        Promise(
            .guarantees, "reminder-on-time", "A reminder arrives at its instant, within two seconds, and once.", .waits,
            probe: areOnTime),
        Promise(
            .guarantees, "reminder-cancelled", "A cancelled or moved booking is not reminded of by its old times.",
            .waits, probe: followsChanges),
    ]

    /// How late a reminder may be; more than the second that the service promises, for the way to the client.
    private static let patience = Duration.seconds(2)
    /// The time from a request to the reminder of its booking.
    private static let notice = Duration.seconds(3)
    /// The distance of the reminders to each other, so that those of a periodic job cannot all be on time.
    private static let step = Duration.milliseconds(500)

    private static func areOnTime(_ probe: Probe) async throws {
        let inbox = try await probe.listen(probe.admin())
        let due = try await createDue(probe)
        let instants = due.values.sorted()
        if probe.service.control != nil, let first = instants.first {
            try await requireNone(of: due, before: first, in: inbox, probe)
        }
        for instant in instants { try await probe.reach(instant) }
        let came = await inbox.wait { Set($0.compactMap { about($0, due, probe) }).count == due.count }
        try probe.require(came, "not every reminder arrived within ten seconds of its instant")
        for event in inbox.events {
            guard let instant = about(event, due, probe).flatMap({ due[$0] }) else { continue }
            let lateness = instant.duration(to: event.arrivedAt)
            try probe.require(lateness > .milliseconds(-500), "a reminder arrived \(Duration.zero - lateness) early")
            try probe.require(lateness < patience, "a reminder arrived \(lateness) late")
        }
        let count = inbox.events.count { about($0, due, probe) != nil }
        try probe.require(count == due.count, "a reminder arrived twice")
        await inbox.close()
    }

    /// Creates bookings with reminders at some distance. Returns those whose response came before their reminder was due.
    private static func createDue(_ probe: Probe) async throws -> [String: Timestamp] {
        var due: [String: Timestamp] = [:]
        for number in 0..<8 {
            let (id, start) = try await probe.createdSoon(
                probe.provider(), in: probe.profile.lead + notice + step * number, length: .seconds(60))
            let instant = start - probe.profile.lead
            if probe.service.clock.now() < instant { due[id] = instant }
        }
        guard due.count > 1 else {
            throw ProbeEnd.notTestable("requests take longer than the \(notice) to the reminder")
        }
        return due
    }

    /// Moves the clock to a millisecond before the first reminder. A later event of the same socket shows that no reminder was
    /// sent before it.
    private static func requireNone(
        of due: [String: Timestamp], before first: Timestamp, in inbox: EventInbox, _ probe: Probe
    ) async throws {
        try await probe.reach(first - .milliseconds(1))
        let marker = try await probe.created(probe.provider(), from: probe.tomorrow())
        try await probe.expectEvent(.created, of: marker, in: inbox, for: "the administrator")
        try probe.require(
            !inbox.events.contains { about($0, due, probe) != nil }, "a reminder arrived before its instant")
    }

    /// The booking that a reminder is about. A service may remind of a booking several times, with several leads.
    private static func about(
        _ event: EventInbox.Event, _ due: [String: Timestamp], _ probe: Probe
    ) -> String? {
        guard event.name == probe.profile.event(.reminder) else { return nil }
        guard let id = due.keys.first(where: { probe.concerns(event, $0) }) else { return nil }
        guard let instant = event.data["due_at"]?.string.flatMap({ RFC3339.parse($0) }) else { return id }
        return instant == due[id] ? id : nil
    }

    private static func followsChanges(_ probe: Probe) async throws {
        // Requests that take long are repeated with more time for them.
        for seconds in [3, 10, 30] where try await followsChanges(probe, notice: .seconds(seconds)) { return }
        throw ProbeEnd.notTestable("six requests take longer than 30 seconds")
    }

    /// A reminder of another booking, due last, shows that the ones before it would have been sent. Returns `false` when a
    /// change was acknowledged too late to be judged.
    private static func followsChanges(_ probe: Probe, notice: Duration) async throws -> Bool {
        let inbox = try await probe.listen(probe.admin())
        let first = probe.service.clock.now() + probe.profile.lead + notice
        let (length, later) = (Duration.seconds(60), first + .seconds(4))
        let providers = (probe.provider(), probe.provider(), probe.provider())
        let cancelled = try await probe.created(providers.0, from: first, length: length)
        let moved = try await probe.created(providers.1, from: first, length: length)
        let last = try await probe.created(providers.2, from: first + .seconds(120), length: length)
        let away = probe.tomorrow()
        let changes = [
            try await probe.act(.cancel, cancelled, as: providers.0),
            try await probe.act(.reschedule, moved, as: providers.1, body: probe.times(from: away, to: away + length)),
            try await probe.act(.reschedule, last, as: providers.2, body: probe.times(from: later, to: later + length)),
        ]
        try probe.offered(changes.allSatisfy { $0.status == 200 }, "bookings cannot be cancelled or moved")
        guard probe.service.clock.now() + Probe.clockDifference < first - probe.profile.lead else { return false }
        try await probe.reach(later - probe.profile.lead)
        try await probe.expectEvent(.reminder, of: last, in: inbox, for: "the administrator")
        let name = probe.profile.event(.reminder)
        for (id, what) in [(cancelled, "cancelled"), (moved, "moved")] {
            try probe.require(
                !inbox.events.contains { $0.name == name && probe.concerns($0, id) },
                "a \(what) booking was reminded of")
        }
        await inbox.close()
        return true
    }
}
