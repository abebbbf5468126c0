import ArgumentParser
import Bookings
import BookingsRuntime
import SimulationKit

struct ShrinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shrink", abstract: "Remove from a failing plan whatever the failure does not need.")

    @Argument(help: "The file of the failing plan: FAIL.json.")
    var path: String

    @Option(name: [.short, .customLong("output")], help: "The file to write the shrunk plan to.")
    var output = "SHRUNK.json"

    @Option(help: "The time budget: 60s, 5m.")
    var budget = VirtualSpan(hours: 1)

    @OptionGroup var deployed: TargetArguments

    func run() async throws {
        let plan = try PlanFile.read(path)
        let target = try deployed.remote(for: plan)
        let services = plan.settings.stores == .services ? try await EphemeralStores.start() : nil
        let broken = try await violations(of: plan, services, target)
        // For a mutant, the invariant that must catch it, if it is violated.
        let planted = Mutant(named: plan.mutant)?.caughtBy
        let named = broken.map(\.invariant)
        guard let invariant = named.first(where: { $0 == planted }) ?? named.first else {
            print("\(path) violates no invariant")
            throw ExitStatus.usage.code
        }
        let started = ContinuousClock.now
        let shrinker = Shrinker(
            plan: plan, invariant: invariant,
            isViolated: { candidate in
                // Many candidates never come to rest.
                let violations = try? await violations(of: candidate, services, target, patience: .seconds(1))
                return violations?.contains { $0.invariant == invariant } ?? false
            }, report: Progress.show)
        let small = await shrinker.shrink(until: started + budget.duration)
        try PlanFile.save(small, to: output)
        let seconds = (ContinuousClock.now - started).inSeconds
        print(
            "\(invariant) is still violated with \(small.size) of \(plan.size) operations, found in \(Verdict.decimal(seconds)) s"
        )
        for step in small.steps {
            for operation in step.operations {
                print("  +\(step.at) ms \(operation.name) \(operation.caller): \(operation.verb)")
            }
        }
        print("replay: simulator replay \(output)")
    }

    private func violations(
        of plan: Plan, _ services: EphemeralStores?, _ target: RemoteTarget?, patience: Duration? = nil
    ) async throws -> [Violation] {
        let plan = target == nil ? plan : plan.beginning(at: SystemClock().now())
        var simulation = Simulation(plan: plan)
        if let patience { simulation.patience = patience }
        simulation.services = services
        simulation.target = target
        return try await simulation.run().result.violations
    }
}
