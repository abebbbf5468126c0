import Bookings
import BookingsAuth

/// The callers of a run with their ids and tokens, as functions of the plan.
struct Participants: Sendable {
    let providers: [ProviderID]
    /// The callers whose sockets are open from the beginning.
    let listeners: [Caller]
    private let racy: Set<ProviderID>
    /// The labels of the bookings of those providers.
    private let racyLabels: Set<String>
    private let tokens: [Caller: String]

    /// - Parameter signer: Issues the tokens that the service accepts; `nil` for the simulator's own secret.
    init(plan: Plan, signer: TokenIssuer? = nil) {
        let settings = plan.settings
        // A deployed service holds the bookings of earlier runs: each has providers of its own.
        let run = settings.world == .remote ? UInt64(bitPattern: settings.begin) : 0
        var random = SeededGenerator(seed: plan.seed ^ run, for: "providers")
        let providers = (0..<settings.providers).map { _ in random.identifier(Provider.self) }
        self.providers = providers
        racy = Set(settings.racyProviders.map { providers[$0] })
        racyLabels = Set(plan.steps.flatMap(\.operations).compactMap { $0.label(madeFor: settings.racyProviders) })
        let listening = min(settings.listeningProviders ?? settings.providers, settings.providers)
        listeners = [.admin] + (0..<settings.customers).map(Caller.customer) + (0..<listening).map(Caller.provider)
        let callers = Set(listeners + plan.operations.map(\.caller).filter { $0 != .world })
        let issuer =
            signer
            ?? TokenIssuer(
                secret: ReplicaSetup.secret, issuer: nil, audience: ReplicaSetup.audience,
                clock: VirtualClock(at: Timestamp(milliseconds: settings.begin)))
        tokens = Dictionary(
            uniqueKeysWithValues: callers.map { caller in
                let subject = Self.subject(of: caller, providers)
                let lifetime = Duration.milliseconds(settings.until) + .seconds(7 * 86_400)
                let roles = [caller.role?.rawValue ?? ""]
                return (caller, issuer.token(subject: subject, roles: roles, lifetime: lifetime))
            })
    }

    func token(of caller: Caller) -> String { tokens[caller] ?? "" }

    /// Whether slots of the provider are raced for, so that the outcome of its bookings is not determined.
    func isRacy(_ provider: ProviderID?) -> Bool { provider.map(racy.contains) ?? false }

    /// Whether the operation's answer depends on who won a race.
    func isOpen(_ operation: Operation) -> Bool {
        switch operation.verb {
        case .create(_, let provider, _, _, _): isRacy(providers[provider])
        case .act(let label, _, _, _, _, _), .read(let label), .revalidate(let label, _), .history(let label):
            racyLabels.contains(label)
        case .probe, .list, .walk, .partition, .listen, .follow, .flawedToken, .presentKey, .publishKeys, .webhook,
            .fault:
            false
        }
    }

    /// Whether bookings that were raced for may be in the caller's lists, where they shift the rows of a page.
    func seesRaces(_ caller: Caller) -> Bool {
        if case .provider(let number) = caller { return isRacy(providers[number]) }
        return !racy.isEmpty
    }

    func index(of provider: ProviderID) -> Int? { providers.firstIndex(of: provider) }

    func subject(of caller: Caller) -> Subject { Self.subject(of: caller, providers) }

    private static func subject(of caller: Caller, _ providers: [ProviderID]) -> Subject {
        let name = if case .provider(let number) = caller { providers[number].description } else { caller.description }
        guard let subject = Subject(name) else { preconditionFailure("The simulator's subjects are valid.") }
        return subject
    }
}

extension Operation {
    /// The label of the booking that the operation creates with one of the providers.
    fileprivate func label(madeFor providers: [Int]) -> String? {
        guard case .create(let label, let provider, _, _, _) = verb, providers.contains(provider) else { return nil }
        return label
    }
}
