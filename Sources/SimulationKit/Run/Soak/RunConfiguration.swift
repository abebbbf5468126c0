/// The configuration of a run: all that `simulator run` takes.
package struct RunConfiguration: Codable, Hashable, Sendable {
    package var scenario: Scenario
    package var seed: UInt64
    package var options: PlanOptions

    package var plan: Plan { scenario.plan(seed: seed, options) }

    /// The command that repeats the run.
    package var line: String {
        var words = ["simulator run --scenario \(scenario.rawValue) --seed \(seed)"]
        words.append("--replicas \(options.replicas ?? 3)")
        if options.world != .inProcess { words.append("--world \(options.world.rawValue)") }
        if options.stores != .embedded { words.append("--stores \(options.stores.rawValue)") }
        if let until = options.until { words.append("--duration \(until / 1000)s") }
        if let bookings = options.bookings { words.append("--bookings \(bookings)") }
        if !options.faults.isEmpty {
            words.append("--faults \(options.faults.map(\.description).joined(separator: ","))")
        }
        if options.faultsTogether { words.append("--faults-together") }
        if !options.without.isEmpty {
            words.append("--without \(options.without.map(\.rawValue).joined(separator: ","))")
        }
        return words.joined(separator: " ")
    }

    /// Draws a configuration from a seed. What `options` sets stays as it is.
    ///
    /// - Parameters:
    ///   - maximumFaults: The largest number of faults.
    ///   - varies: Whether the length and the number of bookings are drawn, whether faults come together, and whether
    ///     one run in two leaves out some kinds of operations.
    static func drawn(
        seed: UInt64, scenario: Scenario?, options: PlanOptions, maximumFaults: Int = 4, varies: Bool = false,
        using random: inout SeededGenerator
    ) -> RunConfiguration {
        let scenario = scenario ?? Scenario.allCases[Int.random(in: 0..<Scenario.allCases.count, using: &random)]
        var options = options
        if options.replicas == nil { options.replicas = Int.random(in: 1...3, using: &random) }
        if options.world == .processes, options.stores == .embedded { options.replicas = 1 }
        if options.faults.isEmpty {
            let faults = Fault.drawnBySoaks(on: options.stores)
            options.faults = (0..<Int.random(in: 0...maximumFaults, using: &random)).map { _ in
                faults[Int.random(in: 0..<faults.count, using: &random)]
            }
        }
        if varies { vary(&options, using: &random) }
        return RunConfiguration(scenario: scenario, seed: seed, options: options)
    }

    /// The lengths and the numbers of bookings that are drawn, besides those of the scenario: most of the time of a long
    /// run is taken by hours in which little happens.
    private static let lengths: [Int64?] = [nil, PlanBuilder.hour, 2 * PlanBuilder.hour, 4 * PlanBuilder.hour]
    private static let bookings: [Int?] = [nil, 8, 16, 32]

    private static func vary(_ options: inout PlanOptions, using random: inout SeededGenerator) {
        if options.until == nil { options.until = lengths[Int.random(in: 0..<lengths.count, using: &random)] }
        if options.bookings == nil { options.bookings = bookings[Int.random(in: 0..<bookings.count, using: &random)] }
        if options.faults.count > 1 { options.faultsTogether = Bool.random(using: &random) }
        if options.without.isEmpty, Bool.random(using: &random) {
            options.without = OperationKind.allCases.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        }
    }
}
