import Bookings
import Synchronization

/// Runs many seeds with drawn configurations.
package final class Soak: Sendable {
    /// How configurations are drawn.
    package enum Drawing: Sendable {
        /// Each as a function of its seed.
        case uniform
        /// By what the runs so far have reached.
        case guided
    }

    /// One run that is over.
    package struct Run: Sendable {
        package let configuration: RunConfiguration
        package let outcome: Simulation.Outcome
    }

    private struct State {
        var tally = Tally()
        var guide = Guide()
    }

    private let seeds: SeedSource
    private let deadline: ContinuousClock.Instant
    private let started = ContinuousClock.now
    private let options: PlanOptions
    private let scenario: Scenario?
    private let services: EphemeralStores?
    private let drawing: Drawing
    private let corpus: Corpus?
    private let onRun: @Sendable (Run) throws -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - corpus: Where configurations that reach something new are kept; those that it holds are learned from.
    ///   - onRun: Called when a run is over, by one job at a time or by several at once.
    package init(
        seeds: SeedSource, deadline: ContinuousClock.Instant, options: PlanOptions, scenario: Scenario?,
        services: EphemeralStores?, drawing: Drawing = .guided, corpus: Corpus? = nil,
        onRun: @escaping @Sendable (Run) throws -> Void = { _ in }
    ) throws {
        self.seeds = seeds
        self.deadline = deadline
        self.options = options
        self.scenario = scenario
        self.services = services
        self.drawing = drawing
        self.corpus = corpus
        self.onRun = onRun
        for (_, entry) in try corpus?.entries() ?? [] {
            state.withLock { _ = $0.guide.learn(entry.configuration, entry.coverage, seconds: entry.seconds) }
        }
    }

    /// The sum of the runs that are over.
    package var tally: Tally {
        state.withLock { state in
            var tally = state.tally
            tally.wall = ContinuousClock.now - started
            return tally
        }
    }

    package func run(jobs: Int) async throws -> Tally {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for job in 0..<jobs { group.addTask { try await self.work(on: self.services(of: job)) } }
            try await group.waitForAll()
        }
        return tally
    }

    /// The stores of a job: concurrent runs must not share servers that one of them may restart.
    private func services(of job: Int) async throws -> EphemeralStores? {
        job == 0 || services == nil ? services : try await EphemeralStores.start()
    }

    private func work(on services: EphemeralStores?) async throws {
        while ContinuousClock.now < deadline, let seed = seeds.next() {
            let configuration = configuration(of: seed)
            Progress.show(configuration.line)
            var simulation = Simulation(plan: configuration.plan)
            simulation.services = services
            let outcome = try await simulation.run()
            try finish(Run(configuration: configuration, outcome: outcome))
        }
    }

    private func configuration(of seed: UInt64) -> RunConfiguration {
        switch drawing {
        case .guided:
            return state.withLock { $0.guide.configuration(seed: seed, scenario: scenario, options: options) }
        case .uniform:
            var random = SeededGenerator(seed: seed, for: "soak")
            return RunConfiguration.drawn(seed: seed, scenario: scenario, options: options, using: &random)
        }
    }

    private func finish(_ run: Run) throws {
        let (coverage, seconds) = (RunCoverage(run.outcome), run.outcome.result.figures.wallSeconds)
        let isNew = state.withLock { state in
            state.tally.add(run, coverage)
            let isNew = state.guide.learn(run.configuration, coverage, seconds: seconds)
            state.tally.reached = state.guide.reached
            return isNew
        }
        Progress.show(Verdict.summary(run.outcome.result))
        if isNew {
            try corpus?.add(.init(configuration: run.configuration, coverage: coverage, seconds: seconds))
        }
        try onRun(run)
        guard run.outcome.result.outcome != .passed else { return }
        let shown = Verdict.selection(of: run.outcome.result.violations).flatMap(\.shown)
        for violation in shown { print("violated \(violation)") }
        print("replay: \(run.configuration.line)")
    }
}
