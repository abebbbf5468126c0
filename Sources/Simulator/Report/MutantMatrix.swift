import FoundationEssentials
import SimulationKit

/// Which invariants caught which mutants, as a table in Markdown.
struct MutantMatrix {
    private let stores: Stores
    private var rows: [String] = []

    init(_ stores: Stores) {
        self.stores = stores
    }

    /// - Parameters:
    ///   - seeds: The number of seeds after which the named invariant caught it; `nil` if it survived.
    ///   - violated: The invariants that the last run violated.
    mutating func add(_ mutant: Mutant, seeds: Int?, violated: Set<String>) {
        let others = violated.subtracting([mutant.caughtBy]).sorted().joined(separator: ", ")
        rows.append(
            "| `\(mutant.name)` | \(mutant.summary) | \(mutant.scenario.rawValue) | "
                + "\(mutant.caughtBy) | \(seeds.map { "\($0)" } ?? "survived") | \(others) |")
    }

    /// The table between the comments by which it is found again.
    var text: String {
        """
        \(Self.begin(stores))
        | mutant | bug | scenario | caught by | seeds | also violated |
        |---|---|---|---|---|---|
        \(rows.joined(separator: "\n"))
        \(Self.end(stores))
        """
    }

    private static func begin(_ stores: Stores) -> String { "<!-- mutants, \(stores.rawValue): begin -->" }
    private static func end(_ stores: Stores) -> String { "<!-- mutants, \(stores.rawValue): end -->" }

    /// Puts the table into a document in the place of the one that it holds, or behind everything else.
    func replacing(in document: String) -> String {
        guard let begin = document.firstRange(of: Self.begin(stores)),
            let end = document.firstRange(of: Self.end(stores)),
            begin.lowerBound < end.lowerBound
        else { return document + (document.isEmpty ? "" : "\n") + text + "\n" }
        return "\(document[..<begin.lowerBound])\(text)\(document[end.upperBound...])"
    }

    /// Returns the names of the mutants in a document's table; `nil` if it holds none.
    static func names(in document: String, _ stores: Stores) -> [String]? {
        guard let begin = document.firstRange(of: begin(stores)), let end = document.firstRange(of: end(stores)),
            begin.upperBound < end.lowerBound
        else { return nil }
        return document[begin.upperBound..<end.lowerBound].split(separator: "\n").compactMap { line in
            line.hasPrefix("| `") ? line.dropFirst(3).split(separator: "`").first.map(String.init) : nil
        }
    }

    /// Puts the table into the file.
    func write(to path: String) throws {
        let file = URL(filePath: path)
        let document = try? String(contentsOf: file, encoding: .utf8)
        try Data(replacing(in: document ?? "").utf8).write(to: file)
    }
}
