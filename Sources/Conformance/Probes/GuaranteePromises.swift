import Bookings

extension Promise {
    static let guarantees = [
        Promise(
            .guarantees, "read-your-writes", "After an acknowledged change no replica answers with what was before.",
            .isolated, probe: readsWrites),
        Promise(.guarantees, "list-your-writes", "After an acknowledged change no list of any replica is older.") {
            probe in
            let provider = probe.provider()
            var expected: [String] = []
            for number: Int64 in 0..<8 {
                expected.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 30)))
                for replica in probe.service.targets.indices {
                    let list = try await probe.listed(.upcoming, as: provider, replica: replica)
                    try probe.require(list.ids == expected, "a list is older than an acknowledged booking", list.of)
                }
            }
        },
        Promise(.guarantees, "late-reminder", "A booking made within the lead is reminded of at once, once.") { probe in
            try probe.offered(probe.profile.lead > .seconds(1), "reminders have no lead")
            let provider = probe.provider()
            let inbox = try await probe.listen(provider)
            // Half of the lead is ahead, and no timed reminder can be due in it.
            let half = probe.profile.lead / 2
            let (id, _) = try await probe.createdSoon(
                provider, in: half, length: .seconds(60), margin: half / 2)
            try await probe.reach(probe.service.clock.now())
            try await probe.expectEvent(.reminder, of: id, in: inbox, for: "the provider", within: .seconds(5))
            let cancel = try await probe.act(.cancel, id, as: provider)
            try probe.expect(cancel, 200, "a booking cannot be cancelled")
            try await probe.expectEvent(.cancelled, of: id, in: inbox, for: "the provider")
            let name = probe.profile.event(.reminder)
            let reminders = inbox.events.filter { $0.name == name && probe.concerns($0, id) }
            try probe.require(reminders.count == 1, "\(reminders.count) reminders arrived")
            if case .bool(let isLate)? = reminders[0].data["late"] {
                try probe.require(isLate, "the reminder is not marked as late")
            }
            await inbox.close()
        },
    ]

    private static func readsWrites(_ probe: Probe) async throws {
        let provider = probe.provider()
        let id = try await probe.created(provider, from: probe.tomorrow())
        for round: Int64 in 1...10 {
            let start = probe.tomorrow(plus: round * 60)
            let move = try await probe.act(
                .reschedule, id, as: provider, body: probe.times(from: start, to: start + .seconds(1800)),
                replica: Int(round))
            try probe.offered(move.status == 200, "bookings cannot be moved")
            for replica in probe.service.targets.indices {
                let read = try await probe.get(id, as: provider, replica: replica)
                try probe.require(
                    probe.instant(.start, read.json) == start, "a booking is older than its acknowledged change", move,
                    read)
            }
        }
        let other = try await probe.get(id, as: provider)
        let booking = try await probe.listed(.upcoming, as: provider)
        try probe.require(
            probe.rows(booking.of).first == other.json, "the booking in the list is not the one that is read", other,
            booking.of)
    }
}
