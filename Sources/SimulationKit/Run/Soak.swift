import Bookings
import Synchronization

/// Hands out seeds to concurrent jobs, one after the other.
package final class SeedSource: Sendable {
    private let state: Mutex<(next: UInt64, left: Int)>

    package init(first: UInt64, maximum: Int?) {
        state = Mutex((first, maximum ?? .max))
    }

    package func next() -> UInt64? {
        state.withLock { state in
            guard state.left > 0 else { return nil }
            defer {
                state.next += 1
                state.left -= 1
            }
            return state.next
        }
    }
}

/// Runs many seeds with drawn configurations.
package struct Soak: Sendable {
    private let seeds: SeedSource
    private let deadline: ContinuousClock.Instant
    private let options: PlanOptions
    private let scenario: Scenario?
    private let services: EphemeralStores?

    package init(
        seeds: SeedSource, deadline: ContinuousClock.Instant, options: PlanOptions, scenario: Scenario?,
        services: EphemeralStores?
    ) {
        self.seeds = seeds
        self.deadline = deadline
        self.options = options
        self.scenario = scenario
        self.services = services
    }

    package struct Tally: Sendable {
        package fileprivate(set) var runs = 0
        package fileprivate(set) var virtualSeconds = 0.0
        package fileprivate(set) var wall = Duration.zero
        package fileprivate(set) var marks: [String: Int] = [:]
        package fileprivate(set) var failed: [(line: String, violations: [Violation])] = []

        package var summary: String {
            let perMinute = Double(runs) / max(wall.inSeconds / 60, 0.001)
            return """
                \(runs) runs in \(Verdict.decimal(wall.inSeconds)) s (\(Verdict.decimal(perMinute)) a minute), \
                \(Verdict.decimal(virtualSeconds / 3600)) virtual hours, \(failed.count) failed
                  marks: \(marks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
                """
        }
    }

    package func run(jobs: Int) async throws -> Tally {
        let started = ContinuousClock.now
        var tally = try await withThrowingTaskGroup(of: Tally.self) { group in
            for job in 0..<jobs { group.addTask { try await self.work(on: self.services(of: job)) } }
            return try await group.reduce(into: Tally()) { sum, part in
                sum.runs += part.runs
                sum.virtualSeconds += part.virtualSeconds
                sum.marks.merge(part.marks, uniquingKeysWith: +)
                sum.failed += part.failed
            }
        }
        tally.wall = ContinuousClock.now - started
        return tally
    }

    /// The stores of a job: concurrent runs must not share servers that one of them may restart.
    private func services(of job: Int) async throws -> EphemeralStores? {
        job == 0 || services == nil ? services : try await EphemeralStores.start()
    }

    private func work(on services: EphemeralStores?) async throws -> Tally {
        var tally = Tally()
        while ContinuousClock.now < deadline, let seed = seeds.next() {
            let (scenario, options) = draw(seed)
            var simulation = Simulation(plan: scenario.plan(seed: seed, options))
            simulation.services = services
            let line = Self.replayLine(scenario, seed, options)
            Progress.show(line)
            let result = try await simulation.run().result
            tally.runs += 1
            tally.virtualSeconds += result.figures.virtualSeconds
            tally.marks.merge(result.marks, uniquingKeysWith: +)
            Progress.show(Verdict.summary(result))
            guard result.outcome != .passed else { continue }
            tally.failed.append((line, result.violations))
            let shown = Verdict.selection(of: result.violations).flatMap(\.shown)
            for violation in shown { print("violated \(violation)") }
            print("replay: \(line)")
        }
        return tally
    }

    /// Draws the scenario, replicas and faults of a run from its seed.
    private func draw(_ seed: UInt64) -> (Scenario, PlanOptions) {
        var random = SeededGenerator(seed: seed, for: "soak")
        let scenario = scenario ?? Scenario.allCases[Int.random(in: 0..<Scenario.allCases.count, using: &random)]
        var options = options
        if options.replicas == nil { options.replicas = Int.random(in: 1...3, using: &random) }
        if options.world == .processes, options.stores == .embedded { options.replicas = 1 }
        if options.faults.isEmpty {
            let faults = Fault.drawnBySoaks(on: options.stores)
            options.faults = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                faults[Int.random(in: 0..<faults.count, using: &random)]
            }
        }
        return (scenario, options)
    }

    private static func replayLine(_ scenario: Scenario, _ seed: UInt64, _ options: PlanOptions) -> String {
        let faults = options.faults.map(\.description).joined(separator: ",")
        return "simulator run --scenario \(scenario.rawValue) --seed \(seed) --replicas \(options.replicas ?? 3)"
            + (options.stores == .services ? " --stores services" : "")
            + (options.until.map { " --duration \($0 / 1000)s" } ?? "")
            + (options.bookings.map { " --bookings \($0)" } ?? "")
            + (options.world == .processes ? " --world processes" : "") + (faults.isEmpty ? "" : " --faults \(faults)")
    }
}
