import ArgumentParser
import Bookings
import SimulationKit

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Repeat a run with a crash at each crash point that it passes.")

    @Option(help: "The seed of the plan.")
    var seed: UInt64 = 42

    @Option(help: "The scenario. Default: a short plan of create, cancel, reschedule and fire.")
    var scenario: Scenario?

    @OptionGroup var plan: PlanArguments

    func run() async throws {
        let services = try await plan.services()
        let sweep = Sweep(plan: drawn, services: services)
        let crashes = try await sweep.crashes()
        var failed = 0
        for crash in crashes {
            let plan = sweep.plan(with: crash)
            var simulation = Simulation(plan: plan)
            simulation.services = services
            let result = try await simulation.run().result
            let died = result.outcome == .passed ? "all invariants hold" : "violated"
            print("\(crash.point.rawValue) #\(crash.hit): \(died)")
            guard result.outcome != .passed else { continue }
            failed += 1
            for violation in Verdict.selection(of: result.violations).flatMap(\.shown) {
                print("  violated \(violation)")
            }
            let path = "FAIL-\(crash.point.rawValue.replacing(":", with: "-"))-\(crash.hit).json"
            try PlanFile.save(plan, to: path)
            print("  replay: simulator replay \(path)")
        }
        print("\(crashes.count) crashes, \(failed) failed")
        if failed > 0 { throw ExitStatus.violated.code }
    }

    private var drawn: Plan {
        if let scenario { return scenario.plan(seed: seed, plan.options) }
        return Scenario.errands(seed: seed, plan.options)
    }
}
