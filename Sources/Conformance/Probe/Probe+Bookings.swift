import Bookings

extension Probe {
    /// An instant two days ahead or later, the same for all bookings of the probe.
    func tomorrow(plus minutes: Int64 = 0) -> Timestamp { base + .seconds(minutes * 60) }

    /// The body of a request for a booking.
    func body(_ provider: String, from start: Timestamp, to end: Timestamp) -> String {
        Self.object([
            (profile.field(.provider), provider), (profile.field(.service), Self.serviceID),
            (profile.field(.start), RFC3339.string(start)), (profile.field(.end), RFC3339.string(end)),
        ])
    }

    /// The body of a request for other times.
    func times(from start: Timestamp, to end: Timestamp) -> String {
        Self.object([
            (profile.field(.start), RFC3339.string(start)), (profile.field(.end), RFC3339.string(end)),
        ])
    }

    private static let serviceID = "22222222-2222-4222-8222-222222222222"

    private static func object(_ members: [(String, String)]) -> String {
        JSONValue.object(members.map { JSONMember(name: $0.0, value: .string($0.1)) }).text
    }

    /// Requests a booking, whatever comes of it.
    func create(
        _ provider: Person, by person: Person? = nil, from start: Timestamp, length: Duration = .seconds(1800),
        headers: [(String, String)] = [], replica: Int = 0
    ) async throws -> Exchange {
        guard service.tenant == nil || provider.subject == service.tenant else {
            throw ProbeEnd.notTestable("--tenant: this takes bookings of several providers")
        }
        let exchange = try await send(
            "POST", profile.path(.bookings), as: person ?? provider,
            body: body(provider.subject, from: start, to: start + length), headers: headers, replica: replica)
        if exchange.status == profile.status(.created) { note(id(of: exchange.json), of: provider) }
        return exchange
    }

    /// Creates a booking, and returns its identifier. Without it nothing else can be judged.
    func created(
        _ provider: Person, by person: Person? = nil, from start: Timestamp, length: Duration = .seconds(1800),
        replica: Int = 0
    ) async throws -> String {
        let exchange = try await create(provider, by: person, from: start, length: length, replica: replica)
        try expect(exchange, profile.status(.created), "a booking of a free slot was refused")
        return id(of: exchange.json)
    }

    /// Creates a booking that starts soon. A request that takes so long that its start comes near is repeated with a later one.
    ///
    /// - Parameters:
    ///   - distance: The time from the request to the start.
    ///   - margin: The least time from the response to the start.
    func createdSoon(
        _ provider: Person, in distance: Duration, length: Duration, margin: Duration = .zero
    ) async throws -> (id: String, start: Timestamp) {
        for _ in 0..<Self.attempts {
            let start = service.clock.now() + distance
            let exchange = try await create(provider, from: start, length: length)
            let left = service.clock.now().duration(to: start)
            if exchange.status == profile.status(.created) {
                let id = id(of: exchange.json)
                if left >= margin { return (id, start) }
                _ = try await act(.cancel, id, as: provider)
            } else if service.tenant != nil, exchange.status == profile.status(.conflict) {
                throw ProbeEnd.notTestable("--tenant: the tenant has another booking now")
            } else if left > Self.clockDifference || exchange.status != profile.status(.invalid) {
                try offered(false, "a booking that starts in \(distance) and takes \(length) is refused")
            }
        }
        throw ProbeEnd.notTestable("requests take longer than the \(distance) to the start of their booking")
    }

    private static let attempts = 5
    /// How far the clocks of both machines may differ.
    static let clockDifference = Duration.milliseconds(500)

    func act(
        _ action: Profile.Path, _ id: String, as person: Person, body: String? = nil,
        headers: [(String, String)] = [], replica: Int = 0
    ) async throws -> Exchange {
        try await send(
            "POST", profile.path(action, id: id), as: person, body: body, headers: headers, replica: replica)
    }

    func get(
        _ id: String, as person: Person, headers: [(String, String)] = [], replica: Int = 0
    ) async throws -> Exchange {
        try await send("GET", profile.path(.booking, id: id), as: person, headers: headers, replica: replica)
    }
}
