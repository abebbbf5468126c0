import ArgumentParser
import SimulationKit

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List scenarios, invariants, faults, marks and mutants.")

    func run() async throws {
        print("Scenarios")
        for scenario in Scenario.allCases { print("  \(scenario.rawValue): \(scenario.summary)") }
        print("Invariants")
        for invariant in Checkers.all { print("  \(invariant.name): \(invariant.summary)") }
        print("What contract does not compare")
        for variation in AllowedVariation.allCases { print("  \(variation.rawValue)") }
        print("Faults")
        for fault in Fault.all { print("  \(fault.name): \(fault.summary)") }
        print("Crash points: a fault crash@POINT ends a replica when it passes the point")
        for point in CrashPoint.allCases { print("  \(point.rawValue): \(point.summary)") }
        print("Marks")
        for mark in CoverageMark.all { print("  \(mark.name): \(mark.summary)") }
        print("Mutants")
        for mutant in Mutant.all {
            print("  \(mutant.name): \(mutant.summary); caught by \(mutant.caughtBy) in \(mutant.scenario.rawValue)")
        }
    }
}
