import ArgumentParser
import Bookings
import SimulationKit

struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Run new seeds with drawn configurations until the time budget is used up.",
        discussion: """
            Configurations are drawn by what earlier runs reached: a pair of coverage marks, or a crash point with an \
            answer and another fault, counts the more the rarer it is. --uniform draws each from its seed alone.
            """)

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

    @Flag(help: "Draw each configuration from its seed alone.")
    var uniform = false

    @Option(help: "The folder of configurations that reached something new; it grows.", completion: .directory)
    var corpus: String?

    @Option(help: "The folder to write JUnit XML and the report of each failure to.", completion: .directory)
    var report: String?

    @Flag(help: "Fail if a required coverage mark was not reached.")
    var marks = false

    func validate() throws {
        guard jobs > 0 else { throw ValidationError("--jobs must be at least 1.") }
        if plan.world == .remote { throw ValidationError("A soak runs replicas of its own: not --world remote.") }
    }

    func run() async throws {
        let first = seed ?? UInt64.random(in: 0..<1 << 32)
        let report = try report.map { try CampaignReport(command: "soak", path: $0) }
        let soak = try Soak(
            seeds: SeedSource(first: first, maximum: runs), deadline: .now + budget.duration, options: plan.options,
            scenario: scenario, services: try await plan.services(), drawing: uniform ? .uniform : .guided,
            corpus: try corpus.map { try Corpus(path: $0) }
        ) { run in try report?.add(run.configuration.line, run.outcome) }
        let stores = plan.stores
        Interruption.onInterrupt {
            Self.show(soak.tally, on: stores)
            try? report?.finish()
        }
        let tally = try await soak.run(jobs: jobs)
        Self.show(tally, on: stores)
        try report?.finish()
        try judge(tally)
    }

    private static func show(_ tally: Tally, on stores: Stores) {
        let coverage = tally.coverage(on: stores)
        print(tally.summary)
        print(coverage.text)
        let minutes = max(tally.wall.inSeconds / 60, 0.001)
        for (count, things) in [(coverage.pairs, "pairs of marks"), (coverage.cells, "cells")] {
            let perRun = Double(count) / Double(max(1, tally.runs))
            print(
                "\(count) \(things), \(Verdict.decimal(Double(count) / minutes)) a minute, "
                    + "\(Verdict.decimal(perRun)) a run")
        }
    }

    private func judge(_ tally: Tally) throws {
        if let failed = tally.failed.first {
            print("first failure: \(failed.line)")
            throw ExitStatus(of: failed.outcome).code
        }
        let missing = CoverageMark.all.filter {
            $0.isRequired && tally.marks[$0.name] == nil && (plan.stores == .services || !$0.needsServices)
        }
        for mark in missing { print("never reached: \(mark.name): \(mark.summary)") }
        if marks, !missing.isEmpty { throw ExitStatus.markNotReached.code }
    }
}
