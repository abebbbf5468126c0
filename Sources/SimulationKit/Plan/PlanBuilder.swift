import Bookings

/// Writes a plan: steps at instants, each operation with a name of its own.
struct PlanBuilder {
    private(set) var plan: Plan
    var random: SeededGenerator
    private var operations = 0
    private var labels = 0
    private var steps: [(at: Int64, order: Int, race: Step.Race, operations: [Operation])] = []

    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000

    init(_ scenario: Scenario, seed: UInt64, settings: Settings) {
        plan = Plan(scenario: scenario, seed: seed, settings: settings, steps: [])
        random = SeededGenerator(seed: seed, for: scenario.rawValue)
    }

    /// The plan, in the order of time; what was said first comes first within an instant.
    func build() -> Plan {
        var plan = plan
        plan.steps = steps.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
            .map { Step(at: $0.at, race: $0.race, operations: $0.operations) }
        return plan
    }

    var settings: Settings { plan.settings }
    var until: Int64 { plan.settings.until }
    var replicas: Int { plan.settings.replicas }

    /// Right before the next instant at which a booking of the plan is to be reminded of, if nothing becomes of it
    /// before; nil when there is none.
    func nextLook(after instant: Int64) -> Int64? {
        let dues = steps.flatMap { step in
            step.operations.flatMap { operation -> [Int64] in
                guard case .create(_, _, let start, _, _) = operation.verb else { return [] }
                return settings.leads.map { start - $0 }.filter { $0 > step.at }
            }
        }
        return dues.filter { $0 > instant && $0 < until }.min().map { $0 - 1 }
    }

    // MARK: - Drawing

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func instant(_ range: Range<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    mutating func chance(_ percent: Int) -> Bool { number(0..<100) < percent }
    mutating func replica() -> Int { number(0..<replicas) }
    mutating func provider() -> Int { number(0..<settings.providers) }
    mutating func customer() -> Caller { .customer(number(0..<settings.customers)) }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0..<elements.count)] }

    // MARK: - Writing

    mutating func label() -> String {
        labels += 1
        return "b\(labels)"
    }

    mutating func name(_ prefix: String = "o") -> String {
        operations += 1
        return "\(prefix)\(operations)"
    }

    mutating func operation(_ caller: Caller, _ verb: Verb, replica: Int? = nil, retryOn: Int? = nil)
        -> Operation
    {
        Operation(name: name(), caller: caller, replica: replica ?? self.replica(), retryOn: retryOn, verb: verb)
    }

    mutating func add(at instant: Int64, race: Step.Race = .none, _ operations: [Operation]) {
        guard !operations.isEmpty, instant < until else { return }
        steps.append((instant, steps.count, race, operations))
    }

    mutating func add(
        at instant: Int64, _ caller: Caller, _ verb: Verb, replica: Int? = nil, retryOn: Int? = nil
    ) {
        add(at: instant, [operation(caller, verb, replica: replica, retryOn: retryOn)])
    }

    /// Adds a fault, unless the world of the run has nothing that it could act on.
    mutating func add(_ event: FaultEvent, at instant: Int64) {
        if settings.world == .remote, Fault(event.fault)?.actsOnClients != true { return }
        add(at: instant, [Operation(name: name("f"), caller: .world, verb: .fault(event))])
    }

    /// A booking of a customer; gives its label.
    mutating func book(
        at instant: Int64, provider: Int? = nil, start: Int64, minutes: Int = 30, key: String? = nil,
        by caller: Caller? = nil, replica: Int? = nil, retryOn: Int? = nil
    ) -> String {
        let label = label()
        add(
            at: instant, caller ?? customer(),
            .create(
                booking: label, provider: provider ?? self.provider(), start: start, minutes: minutes, key: key),
            replica: replica, retryOn: retryOn)
        return label
    }

    mutating func act(
        at instant: Int64, _ label: String, _ action: ActionName, start: Int64? = nil, minutes: Int? = nil,
        match: Int? = nil, key: String? = nil, by caller: Caller = .admin, replica: Int? = nil, retryOn: Int? = nil
    ) {
        add(
            at: instant, caller,
            .act(booking: label, action: action, start: start, minutes: minutes, match: match, key: key),
            replica: replica, retryOn: retryOn)
    }
}
