import Bookings
import SimulationKit
import Synchronization

/// What all probes of a run share: the replicas, the tokens, and the bookings that are cancelled at the end.
final class ServiceUnderTest: Sendable {
    let profile: Profile
    let targets: [Address]
    let people: PersonRegistry
    let clock: any WallClock
    let web: WebClient
    private let created = Mutex<[(id: String, owner: Person)]>([])
    private let makeIdentifier: @Sendable () -> String

    init(
        profile: Profile, targets: [Address], people: PersonRegistry, clock: any WallClock,
        makeIdentifier: @escaping @Sendable () -> String
    ) {
        self.profile = profile
        self.targets = targets
        self.people = people
        self.clock = clock
        self.makeIdentifier = makeIdentifier
        web = WebClient(connections: 32, timeout: .seconds(15))
    }

    func identifier() -> String { makeIdentifier() }

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
