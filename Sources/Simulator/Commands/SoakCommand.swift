import ArgumentParser
import Bookings
import SimulationKit

struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Run new seeds with drawn configurations until the time budget is used up.")

    @Option(help: "The time budget, in real time: 10m.")
    var budget = VirtualSpan(hours: 1)

    @Option(help: "The maximum number of runs.")
    var runs: Int?

    @Option(help: "The number of concurrent runs.")
    var jobs = 1

    @Option(help: "The first seed. Default: a random number.")
    var seed: UInt64?

    @Option(help: "The only scenario to run. Default: drawn for each run.")
    var scenario: Scenario?

    @OptionGroup var plan: PlanArguments

    @Flag(help: "Fail if a required coverage mark was not reached.")
    var marks = false

    func run() async throws {
        let first = seed ?? UInt64.random(in: 0..<1 << 32)
        let services = try await plan.services()
        let soak = Soak(
            seeds: SeedSource(first: first, maximum: runs), deadline: .now + budget.duration, options: plan.options,
            scenario: scenario, services: services)
        let tally = try await soak.run(jobs: jobs)
        print(tally.summary)
        if let failed = tally.failed.first {
            print("first failure: \(failed.line)")
            throw ExitStatus.violated.code
        }
        let missing = CoverageMark.all.filter {
            $0.isRequired && tally.marks[$0.name] == nil && (plan.stores == .services || !$0.needsServices)
        }
        for mark in missing { print("never reached: \(mark.name): \(mark.summary)") }
        if marks, !missing.isEmpty { throw ExitStatus.markNotReached.code }
    }
}
