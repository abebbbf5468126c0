import Bookings

/// Checks a plan that was read from a file, which may have been edited.
package struct PlanValidation {
    let plan: Plan
    private(set) var problems: [String] = []
    private(set) var creates: Set<String> = []
    private(set) var sockets: Set<String> = []

    /// Returns what is wrong with the plan, each with its place in the document; empty for a plan that can be run.
    package static func problems(in plan: Plan) -> [String] {
        var validation = PlanValidation(plan)
        validation.validateSettings()
        validation.validateSteps()
        if let name = plan.mutant, Mutant(named: name) == nil {
            validation.report("mutant", "names no mutant: \(name)")
        }
        return validation.problems
    }

    private init(_ plan: Plan) {
        self.plan = plan
        let settings = plan.settings
        for case .create(let label, _, _, _, _) in plan.operations.map(\.verb) { creates.insert(label) }
        sockets = ["admin"]
        sockets.formUnion((0..<min(max(settings.customers, 0), Self.maximumCallers)).map { "customer-\($0)" })
        sockets.formUnion((0..<min(max(settings.providers, 0), Self.maximumCallers)).map { "provider-\($0)" })
        for case .listen(let socket) in plan.operations.map(\.verb) { sockets.insert(socket) }
    }

    private static let maximumCallers = 1_000_000
    /// How far instants may lie from the beginning of a run, in milliseconds: a century.
    static let farthest: Int64 = 100 * 366 * 86_400_000

    mutating func report(_ place: String, _ problem: String) { problems.append("\(place) \(problem)") }

    mutating func check(_ value: Int64, _ place: String, in range: ClosedRange<Int64>) {
        guard !range.contains(value) else { return }
        report(place, "must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }

    mutating func check(_ value: Int, _ place: String, in range: ClosedRange<Int64>) {
        check(Int64(value), place, in: range)
    }

    /// An index into `count` things, which are numbered from 0.
    mutating func check(_ index: Int, _ place: String, below count: Int, _ things: String) {
        guard !(0..<max(count, 0)).contains(index) else { return }
        report(place, "is \(index), and the plan has \(count) \(things)")
    }
}

// MARK: - Settings

extension PlanValidation {
    private mutating func validateSettings() {
        let settings = plan.settings
        check(settings.replicas, "settings.replicas", in: 1...100)
        check(settings.customers, "settings.customers", in: 0...4095)
        check(settings.providers, "settings.providers", in: 1...Int64(Self.maximumCallers))
        check(settings.begin, "settings.begin", in: 0...Timestamp.latest.milliseconds - 2 * Self.farthest)
        check(settings.until, "settings.until", in: 1...Self.farthest)
        check(settings.cacheSeconds, "settings.cacheSeconds", in: 0...86_400)
        check(settings.retentionSeconds, "settings.retentionSeconds", in: 1...Self.farthest / 1000)
        if settings.leads.isEmpty { report("settings.leads", "must have a lead") }
        for (index, lead) in settings.leads.enumerated() {
            check(lead, "settings.leads[\(index)]", in: 1...Self.farthest)
        }
        for (index, skew) in settings.skews.enumerated() {
            check(skew, "settings.skews[\(index)]", in: -86_400_000...86_400_000)
        }
        for (index, provider) in settings.racyProviders.enumerated() {
            check(provider, "settings.racyProviders[\(index)]", below: settings.providers, "providers")
        }
        if settings.world == .processes, settings.stores == .embedded, settings.replicas > 1 {
            report("settings.replicas", "must be 1: an SQLite file belongs to one process")
        }
    }
}
