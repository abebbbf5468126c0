import Bookings
import Synchronization

/// One probe at work: its callers, its requests, and the story that they make.
final class Probe: Sendable {
    let service: ServiceUnderTest
    private let isClaimed: Bool
    private let exchanges = Mutex<[Exchange]>([])

    var profile: Profile { service.profile }

    init(_ service: ServiceUnderTest, level: PromiseLevel) {
        self.service = service
        isClaimed = service.profile.claimed.contains(level)
    }

    // MARK: - Callers

    /// A provider that exists in this probe only.
    func provider(_ name: String = "provider") -> Person {
        service.people.person(name, service.identifier(), [.provider])
    }

    /// A customer that exists in this probe only.
    func customer(_ name: String = "customer") -> Person {
        service.people.person(name, service.identifier(), [.customer])
    }

    /// An administrator.
    func admin() -> Person { service.people.person("admin", service.identifier(), [.admin]) }

    // MARK: - Requests

    /// Sends a request, which becomes part of the story.
    func send(
        _ method: String, _ path: String, as person: Person, body: String? = nil, headers: [(String, String)] = [],
        replica: Int = 0
    ) async throws -> Exchange {
        let exchange = await service.send(
            method, path, as: person, body: body, headers: headers, replica: replica)
        exchanges.withLock { $0.append(exchange) }
        guard exchange.status != 429 else { throw ProbeEnd.notTestable("the service limits the rate of requests") }
        return exchange
    }

    /// An instant two days ahead, the same for all bookings of the run's beginning.
    func tomorrow(plus minutes: Int64 = 0) -> Timestamp {
        let hour = Int64(3_600_000)
        let base = service.clock.now().milliseconds / hour * hour
        return Timestamp(milliseconds: base + 48 * hour + minutes * 60_000)
    }

    /// The body of a request for a booking.
    func body(_ provider: String, from start: Timestamp, to end: Timestamp, more: [(String, String)] = []) -> String {
        let members = [
            (profile.field(.provider), provider), (profile.field(.service), Self.serviceID),
            (profile.field(.start), RFC3339.string(start)), (profile.field(.end), RFC3339.string(end)),
        ]
        return Self.object(members + more)
    }

    /// The body of a request for other times.
    func times(from start: Timestamp, to end: Timestamp) -> String {
        Self.object([
            (profile.field(.start), RFC3339.string(start)), (profile.field(.end), RFC3339.string(end)),
        ])
    }

    private static let serviceID = "22222222-2222-4222-8222-222222222222"

    private static func object(_ members: [(String, String)]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in members {
            writer.name(dynamic: name)
            writer.string(value)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Requests a booking, whatever comes of it.
    func create(
        _ provider: Person, by person: Person? = nil, from start: Timestamp, minutes: Int64 = 30,
        headers: [(String, String)] = [], replica: Int = 0
    ) async throws -> Exchange {
        let exchange = try await send(
            "POST", profile.path(.bookings), as: person ?? provider,
            body: body(provider.subject, from: start, to: start + .seconds(minutes * 60)), headers: headers,
            replica: replica)
        if exchange.status == profile.status(.created) { service.note(id(of: exchange.json), of: provider) }
        return exchange
    }

    /// Creates a booking, and returns its identifier. Without it nothing else can be judged.
    func created(
        _ provider: Person, by person: Person? = nil, from start: Timestamp, minutes: Int64 = 30
    ) async throws -> String {
        let exchange = try await create(provider, by: person, from: start, minutes: minutes)
        try expect(exchange, profile.status(.created), "a booking of a free slot was refused")
        return id(of: exchange.json)
    }

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

    // MARK: - Reading

    func id(of booking: JSONValue) -> String { string(.id, booking) ?? "" }
    func string(_ field: Profile.Field, _ booking: JSONValue) -> String? { booking[profile.field(field)]?.string }
    func instant(_ field: Profile.Field, _ booking: JSONValue) -> Timestamp? {
        string(field, booking).flatMap { RFC3339.parse($0) }
    }
    func rows(_ exchange: Exchange) -> [JSONValue] {
        let list = profile.list(.data).isEmpty ? exchange.json : exchange.json.value(at: profile.list(.data))
        return list?.elements ?? []
    }

    /// The identifiers of a list's first hundred bookings.
    func listed(_ path: Profile.Path, as person: Person, replica: Int = 0) async throws -> (ids: [String], of: Exchange)
    {
        let page = try await send(
            "GET", "\(profile.path(path))?\(profile.list(.limit))=100", as: person, replica: replica)
        try expect(page, 200, "the list cannot be read")
        try requireOwn(page, of: person)
        return (rows(page).map { id(of: $0) }, page)
    }

    /// Requires that all members of the booking that `written` acknowledged stand in `shown` with the same values.
    func requireSame(_ shown: JSONValue, as written: Exchange, _ what: String) throws {
        guard case .object(let members) = written.json else { return }
        let missing = members.first { shown[$0.name] == nil }?.name
        try offered(missing == nil, "\(what) has no \(missing ?? "")")
        let different = members.first { shown[$0.name] != $0.value }?.name
        try require(different == nil, "\(different ?? "") of \(what) is not what was acknowledged")
    }

    /// Ends the probe when a list has bookings of others: what it lacks cannot be told then, and another promise is broken.
    func requireOwn(_ page: Exchange, of person: Person) throws {
        guard rows(page).allSatisfy({ string(.provider, $0)?.lowercased() == person.subject }) else {
            throw ProbeEnd.notTestable("the list has bookings of other providers, see rest.foreign-lists")
        }
    }

    // MARK: - Judging

    /// Ends the probe with a broken promise, shown by these exchanges, or by all of the probe.
    func fail(_ reason: String, _ shown: Exchange...) -> ProbeEnd { .broken(reason, shown.isEmpty ? story : shown) }

    func require(_ condition: Bool, _ reason: String, _ shown: Exchange...) throws {
        if !condition { throw ProbeEnd.broken(reason, shown.isEmpty ? story : shown) }
    }

    func expect(_ exchange: Exchange, _ status: Int, _ reason: String) throws {
        if exchange.status == 503 || exchange.status == nil { throw fail("\(reason): no service", exchange) }
        try require(exchange.status == status, "\(reason): \(exchange.status ?? 0) instead of \(status)")
    }

    /// Ends the probe when the service has no such feature: a broken promise where it claims the level.
    func offered(_ condition: Bool, _ reason: String) throws {
        guard !condition else { return }
        throw isClaimed ? fail(reason) : ProbeEnd.notTestable(reason)
    }

    private var story: [Exchange] { exchanges.withLock { $0 } }
}
