import ArgumentParser
import FoundationEssentials

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List scenarios, invariants and mutants.")

    func run() async throws {
        print("Scenarios")
        for scenario in Scenario.allCases { print("  \(scenario.rawValue): \(scenario.summary)") }
        print("Invariants")
        for checker in Checkers.all { print("  \(checker.name)") }
        print("Mutants")
        for mutant in Mutant.allCases { print("  \(mutant.rawValue): caught by \(mutant.caughtBy)") }
    }
}

enum Environment {
    static func value(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}
