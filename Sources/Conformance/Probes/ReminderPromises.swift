import Bookings

extension Promise {
    static let reminders = [
        Promise(.seed, "reminder-event", "The provider's socket receives the reminder of a booking.", .waits) { probe in
            let (inbox, id, start) = try await remind(probe, "provider")
            let due = start - probe.profile.lead
            let wait = probe.service.clock.now().duration(to: due) + .seconds(10)
            try await probe.expectEvent(.reminder, of: id, in: inbox, for: "the provider", within: wait)
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
    /// The distance of the reminders to each other, so that those of a periodic job cannot all be on time.
    private static let step: Int64 = 500

    private static func start(_ probe: Probe, inMilliseconds more: Int64) -> Timestamp {
        probe.service.clock.now() + probe.profile.lead + .milliseconds(more)
    }

    private static func remind(_ probe: Probe, _ name: String) async throws -> (SocketInbox, String, Timestamp) {
        let provider = probe.provider(name)
        let inbox = try await probe.listen(provider)
        let start = start(probe, inMilliseconds: 3000)
        return (inbox, try await probe.created(provider, from: start, minutes: 1), start)
    }

    private static func areOnTime(_ probe: Probe) async throws {
        let inbox = try await probe.listen(probe.admin())
        var due: [String: Timestamp] = [:]
        for number: Int64 in 0..<8 {
            let start = start(probe, inMilliseconds: 3000 + number * step)
            let id = try await probe.created(probe.provider(), from: start, minutes: 1)
            due[id] = start - probe.profile.lead
        }
        let name = probe.profile.event(.reminder)
        func about(_ event: SocketInbox.Event) -> String? {
            event.name == name ? due.keys.first { probe.concerns(event, $0) } : nil
        }
        let last = due.values.max().map { probe.service.clock.now().duration(to: $0) } ?? .zero
        let came = await inbox.wait(last + .seconds(10)) { Set($0.compactMap(about)).count == due.count }
        try probe.require(came, "not every reminder arrived within ten seconds of its instant")
        for event in inbox.events {
            guard let id = about(event), let instant = due[id] else { continue }
            let lateness = instant.duration(to: event.arrivedAt)
            try probe.require(lateness > .milliseconds(-500), "a reminder arrived \(Duration.zero - lateness) early")
            try probe.require(lateness < patience, "a reminder arrived \(lateness) late")
        }
        try probe.require(inbox.events.compactMap(about).count == due.count, "a reminder arrived twice")
        await inbox.close()
    }

    /// A reminder of another booking, due last, shows that the ones before it would have been sent.
    private static func followsChanges(_ probe: Probe) async throws {
        let provider = probe.provider()
        let inbox = try await probe.listen(provider)
        let first = start(probe, inMilliseconds: 3000)
        let cancelled = try await probe.created(provider, from: first, minutes: 1)
        let moved = try await probe.created(provider, from: first + .seconds(60), minutes: 1)
        let last = try await probe.created(provider, from: first + .seconds(120), minutes: 1)
        for (id, action) in [(cancelled, Profile.Path.cancel), (moved, .reschedule), (last, .reschedule)] {
            let start = id == last ? first + .seconds(4) : probe.tomorrow()
            let times = probe.times(from: start, to: start + .seconds(60))
            let answer = try await probe.act(action, id, as: provider, body: action == .cancel ? nil : times)
            try probe.offered(answer.status == 200, "bookings cannot be cancelled or moved")
        }
        let due = first + .seconds(4) - probe.profile.lead
        let wait = probe.service.clock.now().duration(to: due) + .seconds(10)
        try await probe.expectEvent(.reminder, of: last, in: inbox, for: "the provider", within: wait)
        for (id, what) in [(cancelled, "cancelled"), (moved, "moved")] {
            let name = probe.profile.event(.reminder)
            try probe.require(
                !inbox.events.contains { $0.name == name && probe.concerns($0, id) },
                "a \(what) booking was reminded of")
        }
        await inbox.close()
    }
}
