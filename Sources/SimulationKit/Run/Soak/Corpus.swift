import FoundationEssentials

/// A folder with the configurations that reached something first, a file each.
package struct Corpus: Sendable {
    /// A configuration with what it reached when it was added.
    package struct Entry: Codable, Sendable {
        package let configuration: RunConfiguration
        package let coverage: RunCoverage
        package let seconds: Double

        package init(configuration: RunConfiguration, coverage: RunCoverage, seconds: Double) {
            self.configuration = configuration
            self.coverage = coverage
            self.seconds = seconds
        }
    }

    package let path: String

    /// - Throws: `SimulatorError.usage` when the folder cannot be created.
    package init(path: String) throws {
        self.path = path
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw SimulatorError.usage("The folder \(path) cannot be created.")
        }
    }

    /// Returns the entries in the order of their names.
    ///
    /// - Throws: `SimulatorError.usage` for a file that is no entry.
    package func entries() throws -> [(name: String, entry: Entry)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            let file = URL(filePath: "\(path)/\(name)")
            guard let data = try? Data(contentsOf: file),
                let entry = try? JSONDecoder().decode(Entry.self, from: data)
            else { throw SimulatorError.usage("\(path)/\(name) is no entry of a corpus.") }
            return (name, entry)
        }
    }

    /// Adds an entry, named after its scenario and seed.
    package func add(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let name = "\(entry.configuration.scenario.rawValue)-\(entry.configuration.seed).json"
        try encoder.encode(entry).write(to: URL(filePath: "\(path)/\(name)"), options: .atomic)
    }
}
