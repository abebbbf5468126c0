import Conformance
import FoundationEssentials
import SimulationKit
import Yams

/// Reads the profiles of `conform`.
enum ProfileFileReader {
    /// Reads YAML, or JSON, which is YAML as well.
    ///
    /// - Throws: `SimulatorError.usage` with the place of the fault.
    static func read(_ path: String) throws -> Profile {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw SimulatorError.usage("--profile: \(path) cannot be read.")
        }
        do { return try YAMLDecoder().decode(ProfileFile.self, from: data).profile() } catch let error as DecodingError
        {
            throw SimulatorError.usage("\(path): \(error.place)")
        } catch SimulatorError.usage(let reason) {
            throw SimulatorError.usage("\(path): \(reason)")
        } catch {
            throw SimulatorError.usage("\(path) is not a profile: \(error)")
        }
    }
}
