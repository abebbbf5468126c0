import Bookings
import SimulationKit
import Synchronization

/// What all probes of a run share: the replicas, the tokens, and the bookings that are cancelled at the end.
final class ServiceUnderTest: Sendable {
    let profile: Profile
    let targets: [Address]
    let people: PersonRegistry
    let clock: any WallClock
    /// The provider of all bookings of the run; `nil` when each probe has providers of its own.
    let tenant: String?
    /// What moves the service's clock; `nil` for one that runs.
    let control: ControlClock?
    let web: WebClient
    private let bases = Mutex(Bases())
    private let created = Mutex<[(id: String, owner: Person)]>([])
    private let makeIdentifier: @Sendable () -> String

    init(
        profile: Profile, targets: [Address], people: PersonRegistry, clock: any WallClock, tenant: String? = nil,
        control: ControlClock? = nil, makeIdentifier: @escaping @Sendable () -> String
    ) {
        self.profile = profile
        self.targets = targets
        self.people = people
        self.clock = clock
        self.tenant = tenant
        self.control = control
        self.makeIdentifier = makeIdentifier
        web = WebClient(connections: 32, timeout: .seconds(15))
    }

    func identifier() -> String { makeIdentifier() }

    /// Where the bookings of probes begin.
    private struct Bases {
        /// The end of what the tenant had before the run.
        var tenantEnd = Timestamp(milliseconds: 0)
        /// How many probes have been given a base.
        var count: Int64 = 0
    }

    /// How far apart the bookings of two probes are that share a tenant: more than any probe takes.
    private static let basesApart = Duration.seconds(2 * 86_400)

    /// Returns a full hour, two days ahead or later, behind which there is no booking of a probe's provider.
    func nextBase() -> Timestamp {
        let hour: Int64 = 3_600_000
        let ahead = Timestamp(milliseconds: clock.now().milliseconds / hour * hour + 48 * hour)
        guard tenant != nil else { return ahead }
        return bases.withLock { bases in
            bases.count += 1
            let free = Timestamp(milliseconds: (bases.tenantEnd.milliseconds / hour + 2) * hour)
            return max(ahead, free) + Self.basesApart * Int(bases.count)
        }
    }

    /// Lets the bookings of all probes be later than what the tenant has.
    func begin(after end: Timestamp) { bases.withLock { $0.tenantEnd = end } }

    /// Notes a booking that is to be cancelled.
    func note(_ id: String, of owner: Person) { created.withLock { $0.append((id, owner)) } }

    /// Sends a request, and returns what came of it.
    func send(
        _ method: String, _ path: String, as person: Person, body: String? = nil, headers: [(String, String)] = [],
        replica: Int = 0
    ) async -> Exchange {
        let url = targets[replica % targets.count].url + path
        let answer = try? await web.execute(method, url, token: person.token, body: body, headers: headers)
        return Exchange(
            caller: person.name, method: method, url: url, body: body, headers: headers, status: answer?.status,
            responseHeaders: answer?.headers ?? [:], text: answer?.text ?? "", json: answer?.json ?? .null)
    }

    /// Cancels what the run created. A booking that has ended, or that the service cannot cancel, stays.
    func cancelAll() async {
        let created = created.withLock { $0 }
        for (id, owner) in created {
            _ = await send("POST", profile.path(.cancel, id: id), as: owner)
        }
    }
}
