import ArgumentParser
import Bookings
import SimulationKit

struct FarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "farm", abstract: "Run every configuration of a corpus with this build.",
        discussion: "scripts/farm builds a range of commits, one after the other, and runs this command with each.")

    @Option(help: "The folder of the corpus, as soak --corpus keeps it.", completion: .directory)
    var corpus: String

    @Option(help: "The folder to write JUnit XML and the report of each failure to.", completion: .directory)
    var report: String?

    func run() async throws {
        let entries = try Corpus(path: corpus).entries()
        guard !entries.isEmpty else { throw SimulatorError.usage("\(corpus) holds no configuration.") }
        let report = try report.map { try CampaignReport(command: "farm", path: $0) }
        let needsServices = entries.contains { $0.entry.configuration.options.stores == .services }
        let services = needsServices ? try await EphemeralStores.start() : nil
        var failed: [RunResult.Outcome] = []
        for (name, entry) in entries {
            var simulation = Simulation(plan: entry.configuration.plan)
            simulation.services = services
            let outcome = try await simulation.run()
            let lost = entry.coverage.marks.subtracting(RunCoverage(outcome).marks).sorted()
            print(
                "\(name): \(outcome.result.outcome.rawValue)"
                    + (lost.isEmpty ? "" : ", without \(lost.joined(separator: ", "))"))
            try report?.add(name, outcome)
            guard outcome.result.outcome != .passed else { continue }
            failed.append(outcome.result.outcome)
            for violation in Verdict.selection(of: outcome.result.violations).flatMap(\.shown) {
                print("  violated \(violation)")
            }
            print("  replay: \(entry.configuration.line)")
        }
        try report?.finish()
        print("\(entries.count) runs with the build of \(Provenance.buildCommit), \(failed.count) failed")
        if let first = failed.first { throw ExitStatus(of: first).code }
    }
}
