import Bookings
import Synchronization

/// One probe at work: its callers, its requests, and the story that they make.
final class Probe: Sendable {
    let service: ServiceUnderTest
    /// The first full hour two days after the probe began: where its bookings are, unless the tenant has some behind it.
    let base: Timestamp
    private let isClaimed: Bool
    private let exchanges = Mutex<[Exchange]>([])
    private let created = Mutex<Set<String>>([])

    var profile: Profile { service.profile }

    init(_ service: ServiceUnderTest, level: PromiseLevel) {
        self.service = service
        isClaimed = service.profile.claimed.contains(level)
        base = service.nextBase()
    }

    // MARK: - Callers

    /// A provider that exists in this probe only; the tenant, where the run has one.
    func provider() -> Person {
        service.people.person("provider", service.tenant ?? service.identifier(), [.provider])
    }

    /// A provider that exists in this probe only, and is not the tenant.
    func anotherProvider() -> Person {
        service.people.person("another provider", service.identifier(), [.provider])
    }

    /// A customer that exists in this probe only; the tenant, where the run has one.
    func customer() -> Person {
        service.people.person("customer", service.tenant ?? service.identifier(), [.customer])
    }

    /// One of several customers, who exist in this probe only.
    func customer(_ name: String) -> Person {
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

    /// Notes a booking of this probe, which is cancelled at the end of the run.
    func note(_ id: String, of owner: Person) {
        created.withLock { _ = $0.insert(id) }
        service.note(id, of: owner)
    }

    /// Whether the booking is one of this probe.
    func hasCreated(_ id: String) -> Bool { created.withLock { $0.contains(id) } }

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
