import ArgumentParser
import Bookings
import SimulationKit

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "One run for each crash point that a run passes.")

    @Option(help: "The seed.")
    var seed: UInt64 = 42

    @Option(help: "A scenario instead of the sweep's own short plan of create, cancel, reschedule and fire.")
    var scenario: Scenario?

    @OptionGroup var plan: PlanArguments

    func run() async throws {
        let services = try await plan.services()
        let sweep = Sweep(plan: drawn, services: services)
        let places = try await sweep.places()
        var failed = 0
        for place in places {
            let crashing = sweep.plan(crashingAt: place)
            var simulation = Simulation(plan: crashing)
            simulation.services = services
            let result = try await simulation.run().result
            let died = result.outcome == .passed ? "all invariants hold" : "broken"
            print("\(place.point.rawValue) #\(place.hit): \(died)")
            guard result.outcome != .passed else { continue }
            failed += 1
            for violation in Verdict.selection(of: result.violations).flatMap(\.shown) {
                print("  violated \(violation)")
            }
            let path = "FAIL-\(place.point.rawValue.replacing(":", with: "-"))-\(place.hit).json"
            try PlanFile.save(crashing, to: path)
            print("  replay: simulator replay \(path)")
        }
        print("\(places.count) crashes, \(failed) failed")
        if failed > 0 { throw ExitStatus.violated.code }
    }

    private var drawn: Plan {
        if let scenario { return scenario.plan(seed: seed, plan.options) }
        return Scenario.errands(seed: seed, plan.options)
    }
}
