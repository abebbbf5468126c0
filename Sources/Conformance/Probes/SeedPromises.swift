import Bookings

extension Promise {
    static let seed = [
        Promise(.seed, "health", "The health check answers 200 on every replica.", .reads) { probe in
            for replica in probe.service.targets.indices {
                let health = try await probe.send("GET", probe.profile.path(.health), as: .nobody, replica: replica)
                try probe.expect(health, 200, "the service is not healthy")
            }
        },
        Promise(.seed, "token-required", "A request without a token is refused.", .reads) { probe in
            let list = try await probe.send("GET", probe.profile.path(.upcoming), as: .nobody)
            try probe.expect(list, probe.profile.status(.unauthenticated), "a list was requested without a token")
        },
        Promise(.seed, "token-verified", "An expired, unsigned or wrongly signed token is refused.", .reads) { probe in
            for mistake in TokenMistake.allCases where mistake != .none {
                let person = probe.service.people.person(
                    "provider with a token that is \(mistake.rawValue)", probe.service.identifier(), [.provider],
                    mistake)
                let list = try await probe.send("GET", probe.profile.path(.upcoming), as: person)
                try probe.require(
                    list.status == probe.profile.status(.unauthenticated),
                    "a bad token (\(mistake.rawValue)) was accepted",
                    list)
            }
        },
        Promise(.seed, "create", "A booking is created with what was sent.", probe: creates),
        Promise(.seed, "read", "A created booking can be read on every replica.") { probe in
            let provider = probe.provider()
            let create = try await probe.create(provider, from: probe.tomorrow())
            try probe.expect(create, probe.profile.status(.created), "a booking of a free slot was refused")
            let id = probe.id(of: create.json)
            // Several times, since a fault may be one of a single replica or of every third answer.
            for replica in 0..<probe.service.targets.count * 3 {
                let read = try await probe.get(id, as: provider, replica: replica)
                try probe.expect(read, 200, "a created booking cannot be read")
                try probe.require(probe.id(of: read.json) == id, "another booking was answered")
                try probe.requireSame(read.json, as: create, "a booking that is read")
            }
        },
        Promise(.seed, "upcoming", "A booking ahead is in upcoming, by start, and not in past.", probe: listsUpcoming),
        Promise(.seed, "past", "A booking that has ended is in past and not in upcoming.", .writes, probe: listsPast),
        Promise(.seed, "roles", "A role permits what it is for, and nothing else.", probe: keepsRoles),
        Promise(.seed, "validation", "A booking without a valid time or provider is refused.", probe: validates),
        Promise(.seed, "created-event", "The provider's socket receives the event of a new booking.") { probe in
            let provider = probe.provider()
            let inbox = try await probe.listen(provider)
            let id = try await probe.created(provider, by: probe.customer(), from: probe.tomorrow())
            try await probe.expectEvent(.created, of: id, in: inbox, for: "the provider")
            await inbox.close()
        },
        Promise(.seed, "socket-token", "A socket with a bad token is refused.", .reads) { probe in
            try probe.offered(probe.profile.transport != .none, "the profile names no sockets")
            for mistake in [TokenMistake.expired, .otherKey, .unsigned] {
                let person = probe.service.people.person(
                    "provider", probe.service.identifier(), [.provider], mistake)
                let inbox = try? await EventInbox.connect(
                    to: probe.service.targets[0], as: person, clock: probe.service.clock)
                await inbox?.close()
                try probe.require(inbox == nil, "a socket was accepted whose token is \(mistake.rawValue)")
            }
        },
    ]

    private static func creates(_ probe: Probe) async throws {
        let (provider, customer) = (probe.provider(), probe.customer())
        let start = probe.tomorrow()
        let create = try await probe.create(provider, by: customer, from: start)
        try probe.expect(create, probe.profile.status(.created), "a booking of a free slot was refused")
        let booking = create.json
        try probe.require(!probe.id(of: booking).isEmpty, "the booking has no identifier")
        try probe.require(
            probe.string(.provider, booking)?.lowercased() == provider.subject, "the booking is another provider's")
        try probe.require(probe.instant(.start, booking) == start, "the booking starts at another time")
        try probe.require(probe.instant(.end, booking) == start + .seconds(1800), "the booking ends at another time")
        if let owner = probe.string(.customer, booking) {
            try probe.require(owner == customer.subject, "the booking is another customer's")
        }
    }

    private static func listsUpcoming(_ probe: Probe) async throws {
        let provider = probe.provider()
        var expected: [String] = []
        for minutes: Int64 in [120, 0, 60] {
            expected.append(try await probe.created(provider, from: probe.tomorrow(plus: minutes)))
        }
        expected = [expected[1], expected[2], expected[0]]
        for replica in probe.service.targets.indices {
            let upcoming = try await probe.listed(.upcoming, as: provider, replica: replica)
            try probe.require(upcoming.ids == expected, "upcoming has not exactly the bookings ahead, by start")
            let past = try await probe.listed(.past, as: provider, replica: replica)
            try probe.require(past.ids.isEmpty, "past has bookings that are ahead")
        }
    }

    /// The booking ends within seconds, and past is read until it is there.
    private static func listsPast(_ probe: Probe) async throws {
        let provider = probe.provider()
        let length = Duration.seconds(1)
        let (id, start) = try await probe.createdSoon(provider, in: .milliseconds(1500), length: length)
        try await probe.reach(start + length)
        let past = try await probe.repeated({ try await probe.listed(.past, as: provider) }) { $0.ids.contains(id) }
        guard past != nil else {
            try probe.requireReached(start + length, by: try await probe.listed(.past, as: provider).of)
            throw probe.fail("a booking that has ended is not in past")
        }
        let upcoming = try await probe.listed(.upcoming, as: provider)
        try probe.require(!upcoming.ids.contains(id), "a booking that has ended is in upcoming")
    }

    private static func keepsRoles(_ probe: Probe) async throws {
        let provider = probe.provider()
        let forbidden = probe.profile.status(.forbidden)
        let foreign = try await probe.create(provider, by: probe.anotherProvider(), from: probe.tomorrow())
        try probe.require(foreign.status == forbidden, "a provider created a booking of another provider", foreign)
        let roleless = probe.service.people.person("a subject without roles", probe.service.identifier(), [])
        let none = try await probe.create(provider, by: roleless, from: probe.tomorrow())
        try probe.require(none.status == forbidden, "a subject without roles created a booking", none)
        for person in [probe.customer(), probe.admin(), provider] {
            let start = probe.tomorrow(plus: person.name == "customer" ? 60 : person.name == "admin" ? 120 : 180)
            _ = try await probe.created(provider, by: person, from: start)
        }
    }

    private static func validates(_ probe: Probe) async throws {
        let provider = probe.provider()
        let start = probe.tomorrow()
        let past = Timestamp(milliseconds: probe.service.clock.now().milliseconds - 86_400_000)
        for (body, what) in [
            (probe.body(provider.subject, from: start, to: start), "a booking without length"),
            (
                probe.body(provider.subject, from: start, to: start + .seconds(-60)),
                "a booking that ends before it starts"
            ),
            (probe.body(provider.subject, from: past, to: past + .seconds(60)), "a booking in the past"),
            (probe.body("somebody", from: start, to: start + .seconds(60)), "a provider that is no UUID"),
            ("{}", "an empty object"),
        ] {
            let admin = probe.admin()
            let answer = try await probe.send("POST", probe.profile.path(.bookings), as: admin, body: body)
            try probe.require(answer.status == probe.profile.status(.invalid), "\(what) was not refused", answer)
        }
    }
}
