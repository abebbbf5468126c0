import Bookings

extension Promise {
    static let realtime = [
        Promise(
            .realtime, "rooms", "An event reaches its provider, its customer and admins, and nobody else.",
            probe: reachesRooms),
        Promise(.realtime, "event-content", "An event has the booking as it was acknowledged.") { probe in
            let provider = probe.provider()
            let inbox = try await probe.listen(provider)
            for round: Int64 in 0..<3 {
                let create = try await probe.create(
                    provider, by: probe.customer(), from: probe.tomorrow(plus: round * 60))
                try probe.expect(create, probe.profile.status(.created), "a booking of a free slot was refused")
                let id = probe.id(of: create.json)
                try await probe.expectEvent(.created, of: id, in: inbox, for: "the provider")
                let event = inbox.events.last { probe.concerns($0, id) }
                try probe.requireSame(event?.data ?? .null, as: create, "an event")
            }
            await inbox.close()
        },
        Promise(
            .realtime, "event-members", "An event has an identifier, a cursor, and the instant of its change.",
            .isolated
        ) {
            probe in
            let provider = probe.provider()
            let inbox = try await probe.listen(provider)
            let create = try await probe.create(provider, from: probe.tomorrow())
            let id = probe.id(of: create.json)
            try await probe.expectEvent(.created, of: id, in: inbox, for: "the provider")
            let event = inbox.events.last?.data["event"]
            try probe.offered(event != nil, "events have no member event")
            let page = try await probe.send("GET", "\(probe.profile.path(.events))?limit=1", as: provider)
            try probe.require(
                probe.rows(page).first?.value(at: "data.event") == event, "the event of the page is another one", page)
            try probe.require(
                event?["occurred_at"] == create.json["created_at"], "the event occurred at another instant")
        },
        Promise(.realtime, "actions", "Each action is an event.") { probe in
            let provider = probe.provider()
            let inbox = try await probe.listen(provider)
            let id = try await probe.created(provider, from: probe.tomorrow())
            let (from, to) = (probe.tomorrow(plus: 60), probe.tomorrow(plus: 90))
            let move = try await probe.act(.reschedule, id, as: provider, body: probe.times(from: from, to: to))
            try probe.offered(move.status == 200, "bookings cannot be moved")
            _ = try await probe.act(.cancel, id, as: provider)
            try await probe.expectEvent(.cancelled, of: id, in: inbox, for: "the provider")
            let names = inbox.events.filter { probe.concerns($0, id) }.map(\.name)
            let expected = [Profile.Event.created, .rescheduled, .cancelled].map { probe.profile.event($0) }
            try probe.require(names == expected, "the events are \(names.joined(separator: ", "))")
            await inbox.close()
        },
        Promise(
            .realtime, "once-in-order", "Each event arrives once, in the order of the log, on every replica.",
            .isolated, probe: arrivesOnce),
    ]

    /// A later event of the other provider shows that the events before it were delivered to that provider, or never will be.
    private static func reachesRooms(_ probe: Probe) async throws {
        let (provider, customer, admin) = (probe.provider(), probe.customer(), probe.admin())
        let (otherProvider, otherCustomer) = (probe.anotherProvider(), probe.customer("another customer"))
        var inboxes: [(person: Person, inbox: EventInbox)] = []
        for (number, person) in [provider, customer, admin, otherProvider, otherCustomer].enumerated() {
            inboxes.append((person, try await probe.listen(person, replica: number)))
        }
        let id = try await probe.created(provider, by: customer, from: probe.tomorrow())
        let marker = try await probe.created(otherProvider, by: otherCustomer, from: probe.tomorrow())
        for (person, inbox) in inboxes.prefix(3) {
            try await probe.expectEvent(.created, of: id, in: inbox, for: person.name)
        }
        for (person, inbox) in inboxes.suffix(2) {
            try await probe.expectEvent(.created, of: marker, in: inbox, for: person.name)
            try probe.require(
                !inbox.events.contains { probe.concerns($0, id) },
                "\(person.name) received the event of a foreign booking")
        }
        for (_, inbox) in inboxes { await inbox.close() }
    }

    private static func arrivesOnce(_ probe: Probe) async throws {
        let (provider, count) = (probe.provider(), 24)
        var inboxes: [EventInbox] = []
        for replica in 0..<max(2, probe.service.targets.count) {
            inboxes.append(try await probe.listen(provider, replica: replica))
        }
        _ = try await together(count) { number in
            try await probe.create(provider, from: probe.tomorrow(plus: Int64(number) * 30), replica: number)
        }
        let last = try await probe.created(provider, from: probe.tomorrow(plus: Int64(count) * 30))
        var orders: [[String]] = []
        for inbox in inboxes {
            try await probe.expectEvent(.created, of: last, in: inbox, for: "the provider")
            let ids = inbox.events.compactMap { probe.string(.id, $0.data) }
            try probe.require(Set(ids).count == ids.count, "an event arrived twice at one socket")
            try probe.require(ids.count == count + 1, "\(ids.count) of \(count + 1) events arrived")
            orders.append(ids)
            await inbox.close()
        }
        try probe.require(Set(orders).count == 1, "two sockets received the events in different orders")
    }
}
