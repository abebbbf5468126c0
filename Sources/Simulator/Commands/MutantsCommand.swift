import ArgumentParser
import Bookings
import BookingsHTTP
import SimulationKit

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

    func validate() throws {
        if let mutant = only.first(where: { !$0.applies(to: stores) }) {
            throw ValidationError("\(mutant.name) requires --stores services.")
        }
    }

    func run() async throws {
        if unmutated { return try await runUnmutated() }
        let services = stores == .services ? try await EphemeralStores.start() : nil
        var needed: [Int] = []
        var survivors: [Mutant] = []
        for mutant in only.isEmpty ? Mutant.all.filter({ $0.applies(to: stores) }) : only {
            if let seeds = try await seedsUntilCaught(mutant, services) {
                needed.append(seeds)
                print("\(mutant.name): caught by \(mutant.caughtBy) after \(Self.count(seeds))")
            } else {
                survivors.append(mutant)
                print("\(mutant.name): survived \(Self.count(maxSeeds)); \(mutant.caughtBy) should have caught it")
            }
        }
        needed.sort()
        let median = needed.isEmpty ? 0 : needed[needed.count / 2]
        print("\(needed.count) caught, \(survivors.count) survived, median \(Self.count(median))")
        if !survivors.isEmpty { throw ExitStatus.mutantSurvived.code }
    }

    private static func count(_ seeds: Int) -> String { "\(seeds) seed\(seeds == 1 ? "" : "s")" }

    /// Returns how many seeds were needed; `nil` if the mutant survived all of them.
    private func seedsUntilCaught(_ mutant: Mutant, _ services: EphemeralStores?) async throws -> Int? {
        for offset in 0..<maxSeeds {
            var simulation = Simulation(plan: mutant.plan(seed: seed + UInt64(offset), on: stores))
            simulation.services = services
            let result = try await simulation.run().result
            if result.violations.contains(where: { $0.invariant == mutant.caughtBy }) { return offset + 1 }
        }
        return nil
    }

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
