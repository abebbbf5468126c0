import Bookings
import FoundationEssentials
import SimulationKit
import Yams

/// Reads scenario files.
enum ScenarioFileReader {
    /// Reads YAML, or JSON, which is YAML as well.
    ///
    /// - Throws: `SimulatorError.usage` with the place of the fault.
    static func read(_ path: String) throws -> ScenarioFile {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw SimulatorError.usage("\(path) cannot be read.")
        }
        do { return try YAMLDecoder().decode(ScenarioFile.self, from: data) } catch let error as DecodingError {
            throw SimulatorError.usage("\(path): \(error.place)")
        } catch {
            throw SimulatorError.usage("\(path) is not YAML: \(error)")
        }
    }
}

extension ScenarioFile {
    /// The plan, with the name of the file before each fault.
    func plan(seed: UInt64?, _ options: PlanOptions, of path: String) throws -> Plan {
        do { return try plan(seed: seed, options) } catch SimulatorError.usage(let reason) {
            throw SimulatorError.usage("\(path) cannot be run:\n\(reason)")
        }
    }
}
