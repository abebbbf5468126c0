import Bookings
import BookingsRuntime
import FoundationEssentials

/// Runs a plan on replicas of its own, and checks the history.
package struct Simulation: Sendable {
    package let plan: Plan
    private let showsProgress: Bool
    /// How long nothing may change before the run is given up, in real time.
    package var patience = Duration.seconds(5)
    /// PostgreSQL and Redis, for plans with `Stores.services`.
    package var services: EphemeralStores?
    /// The SQLite file that is left with the data of the run, as `sqlite:PATH`; `nil` keeps no data. For the embedded
    /// stores in one process.
    package var database: String?
    /// The service under test, for plans in `WorldKind.remote`.
    package var target: RemoteTarget?
    /// The simulator's executable, for replicas that are processes.
    package var program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""

    package init(plan: Plan, showsProgress: Bool = false) {
        self.plan = plan
        self.showsProgress = showsProgress
    }

    package struct Outcome: Sendable {
        package let result: RunResult
        package let history: History
        package let trace: Trace
        /// How often each crash point was passed.
        package let passed: [String: Int]
    }

    package func run() async throws -> Outcome {
        let started = ContinuousClock.now
        let run = SimulationRun(
            plan: plan, deployment: try await deployment(), target: target, patience: patience,
            showsProgress: showsProgress)
        do {
            try await run.run()
        } catch {
            await run.close()
            throw error
        }
        let (history, trace, passed) = (await run.history, await run.trace, await run.passed())
        await run.close()
        let judgement = Checkers.judge(history)
        let violations = judgement.violations
        let result = RunResult(
            plan: plan, violations: violations, undecided: judgement.undecided, marks: CoverageMark.count(history),
            figures: Figures.of(history, plan: plan, wall: ContinuousClock.now - started), traceHash: trace.hash,
            commit: Provenance.buildCommit, swiftVersion: Provenance.swiftVersion,
            outcome: Self.outcome(of: history, judgement))
        return Outcome(result: result, history: history, trace: trace, passed: passed)
    }

    /// A replica that ended by itself explains whatever else was violated.
    private static func outcome(of history: History, _ judgement: Judgement) -> RunResult.Outcome {
        if history.crash != nil { return .crashed }
        if judgement.violations.isEmpty { return judgement.undecided.isEmpty ? .passed : .undecided }
        return judgement.violations.allSatisfy { $0.invariant == Checker.converge.name } ? .noConvergence : .violated
    }

    private func deployment() async throws -> any Deployment {
        switch (plan.settings.world, plan.settings.stores) {
        case (.remote, _):
            guard let target else { throw SimulatorError.usage("the remote world needs --target") }
            try await target.probe()
            return RemoteDeployment(target: target)
        case (.inProcess, .embedded):
            return try await SharedDeployment.open(plan, keptIn: database)
        case (.processes, .embedded): return try await ProcessDeployment.onFile(plan, program: program)
        case (let world, .services):
            guard let services else { throw SimulatorError.servicesMissing("PostgreSQL and Redis were not started") }
            let deployment = try await ServiceDeployment.open(plan, services)
            return world == .processes ? ProcessDeployment(over: deployment, program: program) : deployment
        }
    }
}
