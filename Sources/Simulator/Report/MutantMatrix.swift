import SimulationKit

/// Which invariants caught which mutants, as a table in Markdown.
struct MutantMatrix {
    private var rows: [String] = []

    /// - Parameters:
    ///   - seeds: The number of seeds after which the named invariant caught it; `nil` if it survived.
    ///   - violated: The invariants that the last run violated.
    mutating func add(_ mutant: Mutant, seeds: Int?, violated: Set<String>) {
        let others = violated.subtracting([mutant.caughtBy]).sorted().joined(separator: ", ")
        rows.append(
            "| `\(mutant.name)` | \(mutant.summary) | \(mutant.scenario.rawValue) | "
                + "\(mutant.caughtBy) | \(seeds.map { "\($0)" } ?? "survived") | \(others) |")
    }

    /// The table, with a heading that names the stores.
    func text(_ stores: Stores) -> String {
        """
        # Mutants on \(stores == .services ? "PostgreSQL and Redis" : "SQLite")

        Written by `simulator mutants --stores \(stores.rawValue) --matrix FILE`. The seeds are how many it took until the \
        invariant that the mutant names caught it; the last column has what else that run violated.

        | mutant | bug | scenario | caught by | seeds | also violated |
        |---|---|---|---|---|---|
        \(rows.joined(separator: "\n"))

        """
    }
}
