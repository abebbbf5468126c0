import ArgumentParser
import Bookings
import SimulationKit
import Synchronization

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Repeat a run with a crash at each crash point that it passes.")

    @Option(help: "The seed of the plan.")
    var seed: UInt64 = 42

    @Option(help: "The scenario. Default: a short plan of create, cancel, reschedule and fire.")
    var scenario: Scenario?

    @OptionGroup var plan: PlanArguments

    @Option(help: "The folder to write JUnit XML and the report of each failure to.", completion: .directory)
    var report: String?

    func run() async throws {
        let report = try report.map { try CampaignReport(command: "sweep", path: $0) }
        let services = try await plan.services()
        let sweep = Sweep(plan: drawn, services: services)
        let crashes = try await sweep.crashes()
        let progress = SweepProgress(crashes: crashes.count)
        Interruption.onInterrupt {
            print(progress.summary)
            try? report?.finish()
        }
        for crash in crashes {
            var simulation = Simulation(plan: sweep.plan(with: crash))
            simulation.services = services
            let outcome = try await simulation.run()
            try show(outcome, of: crash)
            try report?.add("\(crash.point.rawValue) \(crash.hit)", outcome)
            progress.add(outcome.result.outcome)
        }
        try report?.finish()
        print(progress.summary)
        if let first = progress.firstFailure { throw ExitStatus(of: first).code }
    }

    private func show(_ outcome: Simulation.Outcome, of crash: Sweep.Crash) throws {
        let result = outcome.result
        let verdict = result.outcome == .passed ? "all invariants hold" : result.outcome.rawValue
        print("\(crash.point.rawValue) #\(crash.hit): \(verdict)")
        guard result.outcome != .passed else { return }
        for violation in Verdict.selection(of: result.violations).flatMap(\.shown) {
            print("  violated \(violation)")
        }
        let path = "FAIL-\(crash.point.rawValue.replacing(":", with: "-"))-\(crash.hit).json"
        try PlanFile.save(result.plan, to: path)
        print("  replay: simulator replay \(path)")
    }

    private var drawn: Plan {
        if let scenario { return scenario.plan(seed: seed, plan.options) }
        return Scenario.errands(seed: seed, plan.options)
    }
}

/// How far a sweep has come.
private final class SweepProgress: Sendable {
    private let crashes: Int
    private let outcomes = Mutex<[RunResult.Outcome]>([])

    init(crashes: Int) { self.crashes = crashes }

    func add(_ outcome: RunResult.Outcome) { outcomes.withLock { $0.append(outcome) } }

    var firstFailure: RunResult.Outcome? { outcomes.withLock { $0.first { $0 != .passed } } }

    var summary: String {
        let outcomes = outcomes.withLock { $0 }
        let done = outcomes.count == crashes ? "\(crashes)" : "\(outcomes.count) of \(crashes)"
        return "\(done) crashes, \(outcomes.count { $0 != .passed }) failed"
    }
}
