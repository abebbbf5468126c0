import Bookings
import BookingsRuntime

/// A bug that is planted outside the service's code, to show that a checker catches it.
///
/// To add a mutant, write its value in the file of its topic and add it to `Mutant.all`.
package struct Mutant: Sendable {
    /// Where the bug is planted.
    enum Change: Sendable {
        /// Between the service and its ports.
        case ports(@Sendable (inout ApplicationPorts) -> Void)
        /// Between the service and the ports that replicas share through PostgreSQL and Redis.
        case sharedPorts(@Sendable (inout ApplicationPorts) -> Void)
        /// Between the service and the verifier of tokens, with the URL of the key server if the run has one.
        case verifier(@Sendable (any TokenVerifier, _ keySetURL: String?) -> any TokenVerifier)
        /// Replicas run on their machine's clock as it is, without correcting it.
        case undisciplinedClock
        /// By SQL that is executed after the schema was created. SQLite's may be missing.
        case schema(sqlite: String?, postgres: String)
        /// In a proxy between the replicas and Redis.
        case redisProxy(TCPProxy.TapMaker)
        /// In a proxy between the replicas and the clients' sockets.
        case socketProxy(TCPProxy.TapMaker)
        /// In a proxy between the replicas and all clients.
        case answerProxy(ProxyMistake)
    }

    /// As the command line and the plans name it.
    package let name: String
    /// What is wrong, in one clause.
    package let summary: String
    /// The name of the checker that must catch it.
    package let caughtBy: String
    /// The scenario in which it shows.
    package let scenario: Scenario
    let changes: [Change]

    init(_ name: String, _ summary: String, caughtBy: String, in scenario: Scenario, _ changes: Change...) {
        self.name = name
        self.summary = summary
        self.caughtBy = caughtBy
        self.scenario = scenario
        self.changes = changes
    }

    /// Every mutant, in the order in which they are listed and tried.
    package static let all: [Mutant] = planted + mistakes

    /// The bugs of the service, its stores and its network.
    private static let planted =
        reminders + ledger + [undisciplinedClock] + events + lists + writes + caches + access + keys + schema
        + proxies + contention + http + transports + webhooks

    /// The mistakes of a proxy in single parts of answers and events.
    package static let mistakes = frameMistakes + answerMistakes + pageMistakes + headerMistakes

    /// Whether the bug can be planted in a run on these stores.
    package func applies(to stores: Stores) -> Bool {
        stores == .services
            || changes.allSatisfy { change in
                switch change {
                case .schema(nil, _), .redisProxy, .sharedPorts: false
                case .ports, .verifier, .undisciplinedClock, .schema, .socketProxy, .answerProxy: true
                }
            }
    }

    /// Whether it is planted in replicas or their stores, which a deployed service does not offer.
    package var needsReplicas: Bool { socketTap == nil && answerTap == nil }

    /// The plan in which the mutant is looked for.
    ///
    /// Most plans are those of the scenario. Of `rush-hour` a small one is enough, and two hours hold every kind of answer
    /// in which a proxy makes its mistake: most of the time of longer runs is taken by hours without requests.
    ///
    /// - Parameter options: What the plan must have.
    package func plan(seed: UInt64, _ options: PlanOptions = PlanOptions()) -> Plan {
        var options = options
        if scenario == .rushHour { options.bookings = options.bookings ?? 200 }
        if Self.mistakes.contains(where: { $0.name == name }) {
            options.until = options.until ?? 2 * PlanBuilder.hour
            options.bookings = options.bookings ?? 8
            options.replicas = options.replicas ?? 2
        }
        var plan = scenario.plan(seed: seed, options)
        plant(in: &plan)
        return plan
    }

    /// Whether it needs no proxy between the sockets and the replicas.
    package var canBeServed: Bool { socketTap == nil }

    package func plant(in plan: inout Plan) {
        plan.mutant = name
        if socketTap != nil || answerTap != nil { plan.settings.isProxied = true }
    }
}

extension Mutant {
    /// Plants the bug between the service and its ports, if it is one of those.
    ///
    /// - Parameter keySetURL: Where the replica reads published keys; `nil` if it does not.
    func plant(in ports: inout ApplicationPorts, keySetURL: String?) {
        for change in changes {
            if case .ports(let plant) = change { plant(&ports) }
            if case .sharedPorts(let plant) = change { plant(&ports) }
            if case .verifier(let wrap) = change { ports.verifier = wrap(ports.verifier, keySetURL) }
        }
    }

    /// Whether replicas discipline their clocks.
    var disciplinesClocks: Bool {
        first { if case .undisciplinedClock = $0 { true } else { nil } } == nil
    }

    var sqliteChange: String? { first { if case .schema(let sql, _) = $0 { sql } else { nil } } }
    var postgresChange: String? { first { if case .schema(_, let sql) = $0 { sql } else { nil } } }
    var redisTap: TCPProxy.TapMaker? { first { if case .redisProxy(let tap) = $0 { tap } else { nil } } }
    var socketTap: TCPProxy.TapMaker? { first { if case .socketProxy(let tap) = $0 { tap } else { nil } } }
    var answerTap: TCPProxy.TapMaker? {
        first { if case .answerProxy(let mistake) = $0 { { AnswerFilter(mistake) } } else { nil } }
    }

    private func first<Value>(_ value: (Change) -> Value?) -> Value? { changes.lazy.compactMap(value).first }
}

extension Mutant: LosslessStringConvertible {
    package var description: String { name }

    /// The mutant of this name in the registry; `nil` if there is none.
    package init?(_ description: String) { self.init(named: description) }

    package init?(named name: String?) {
        guard let mutant = Self.all.first(where: { $0.name == name }) else { return nil }
        self = mutant
    }
}
