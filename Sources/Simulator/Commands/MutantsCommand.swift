import ArgumentParser
import Bookings
import BookingsHTTP
import FoundationEssentials
import SimulationKit
import Synchronization

struct MutantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutants", abstract: "Plant each mutant, and check that the invariant it names catches it.")

    @Option(help: "The number of seeds to try for each mutant.")
    var maxSeeds = 50

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "The stores: embedded (SQLite) or services (ephemeral PostgreSQL and Redis).")
    var stores = Stores.embedded

    @Option(parsing: .upToNextOption, help: "The only mutants to plant.")
    var only: [Mutant] = []

    @Flag(help: "Plant nothing and end with status 5: shows that a mutant that survives is reported.")
    var unmutated = false

    @Option(help: "The folder to write JUnit XML and a report of each mutant that survived to.", completion: .directory)
    var report: String?

    @Option(help: "The file in Markdown to put the table of the mutants and the invariants that caught them into.")
    var matrix: String?

    func validate() throws {
        if matrix != nil, !only.isEmpty { throw ValidationError("--matrix is for all mutants: not with --only.") }
        if let mutant = only.first(where: { !$0.applies(to: stores) }) {
            throw ValidationError("\(mutant.name) requires --stores services.")
        }
    }

    func run() async throws {
        if unmutated { return try await runUnmutated() }
        let report = try report.map { try CampaignReport(command: "mutants", path: $0) }
        let services = stores == .services ? try await EphemeralStores.start() : nil
        let progress = MutantsProgress()
        Interruption.onInterrupt {
            print(progress.summary)
            try? report?.finish()
        }
        var matrix = MutantMatrix(stores)
        for mutant in only.isEmpty ? Mutant.all.filter({ $0.applies(to: stores) }) : only {
            let started = ContinuousClock.now
            let attempt = try await attempt(mutant, services)
            let verdict =
                attempt.seeds.map { "caught by \(mutant.caughtBy) after \(Self.count($0))" }
                ?? "survived \(Self.count(maxSeeds)); \(mutant.caughtBy) should have caught it"
            print("\(mutant.name): \(verdict)")
            let seconds = (ContinuousClock.now - started).inSeconds
            report?.add(mutant.name, seconds: seconds, failure: attempt.seeds == nil ? verdict : nil)
            if attempt.seeds == nil, let last = attempt.last { try report?.keep(mutant.name, last) }
            progress.add(attempt.seeds)
            let violated = attempt.last?.result.violations.map(\.invariant) ?? []
            matrix.add(mutant, seeds: attempt.seeds, violated: Set(violated))
            if let file = self.matrix { try matrix.write(to: file) }
        }
        try report?.finish()
        print(progress.summary)
        if progress.hasSurvivors { throw ExitStatus.mutantSurvived.code }
    }

    /// The runs with one mutant.
    private struct Attempt {
        /// How many seeds were needed; `nil` if the mutant survived all of them.
        let seeds: Int?
        let last: Simulation.Outcome?
    }

    private func attempt(_ mutant: Mutant, _ services: EphemeralStores?) async throws -> Attempt {
        var last: Simulation.Outcome?
        for offset in 0..<maxSeeds {
            var simulation = Simulation(plan: mutant.plan(seed: seed + UInt64(offset), PlanOptions(stores: stores)))
            simulation.services = services
            let outcome = try await simulation.run()
            last = outcome
            if outcome.result.violations.contains(where: { $0.invariant == mutant.caughtBy }) {
                return Attempt(seeds: offset + 1, last: last)
            }
        }
        return Attempt(seeds: nil, last: last)
    }

    fileprivate static func count(_ seeds: Int) -> String { "\(seeds) seed\(seeds == 1 ? "" : "s")" }

    private func runUnmutated() async throws {
        let result = try await Simulation(plan: Scenario.reminders.plan(seed: seed)).run().result
        guard result.violations.isEmpty else {
            print("caught although nothing was planted: \(result.violations[0])")
            throw ExitStatus.simulatorBug.code
        }
        print("unmutated: survived, as it must")
        throw ExitStatus.mutantSurvived.code
    }
}

/// How many mutants were caught so far.
private final class MutantsProgress: Sendable {
    /// The number of seeds that each mutant needed; `nil` for one that survived.
    private let needed = Mutex<[Int?]>([])

    func add(_ seeds: Int?) { needed.withLock { $0.append(seeds) } }

    var hasSurvivors: Bool { needed.withLock { $0.contains(nil) } }

    var summary: String {
        let all = needed.withLock { $0 }
        let caught = all.compactMap { $0 }.sorted()
        let median = caught.isEmpty ? 0 : caught[caught.count / 2]
        return "\(caught.count) caught, \(all.count - caught.count) survived, median \(MutantsCommand.count(median))"
    }
}
