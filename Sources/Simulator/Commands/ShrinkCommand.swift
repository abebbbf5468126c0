import ArgumentParser
import Bookings
import SimulationKit

struct ShrinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shrink", abstract: "Take out of a failing plan whatever its failure does not need.")

    @Argument(help: "The failing plan: FAIL.json.")
    var path: String

    @Option(name: [.short, .customLong("output")], help: "Where the small plan goes.")
    var output = "SHRUNK.json"

    @Option(help: "How long it may take: 60s, 5m.")
    var budget = VirtualSpan(hours: 1)

    func run() async throws {
        let plan = try PlanFile.read(path)
        let services = plan.settings.stores == .services ? try await EphemeralStores.start() : nil
        let broken = await violations(of: plan, services)
        // Of a planted bug the invariant that it breaks by intention, if it does.
        let planted = Mutant(named: plan.mutant)?.caughtBy
        let named = broken.map(\.invariant)
        guard let invariant = named.first(where: { $0 == planted }) ?? named.first else {
            print("\(path) breaks nothing")
            throw ExitStatus.usage.code
        }
        let started = ContinuousClock.now
        let shrinker = Shrinker(
            plan: plan, invariant: invariant,
            isViolated: { candidate in
                await violations(of: candidate, services).contains { $0.invariant == invariant }
            }, report: Progress.show)
        let small = await shrinker.shrink(until: started + budget.duration)
        try PlanFile.save(small, to: output)
        let seconds = (ContinuousClock.now - started).inSeconds
        print(
            "\(invariant) still breaks with \(small.size) of \(plan.size) operations, found in \(Verdict.decimal(seconds)) s"
        )
        for step in small.steps {
            for operation in step.operations {
                print("  +\(step.at) ms \(operation.name) \(operation.caller): \(operation.verb)")
            }
        }
        print("replay: simulator replay \(output)")
    }

    private func violations(of plan: Plan, _ services: EphemeralStores?) async -> [Violation] {
        var simulation = Simulation(plan: plan)
        // Many runs are to end in nothing but this.
        simulation.patience = .seconds(1)
        simulation.services = services
        return (try? await simulation.run().result.violations) ?? []
    }
}
