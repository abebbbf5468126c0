import FoundationEssentials
import SimulationKit

/// Plans saved as JSON files.
enum PlanFile {
    /// - Throws: `SimulatorError.usage` when the file cannot be written.
    static func save(_ plan: Plan, to path: String) throws {
        try OutputFile.write(JSONFile.text(plan), to: path)
    }

    /// Reads the plan of a file that a failure or a report left behind.
    ///
    /// - Throws: `SimulatorError.usage` when the file cannot be read or holds no plan.
    static func read(_ path: String) throws -> Plan {
        let plan = try decode(path)
        let problems = PlanValidation.problems(in: plan)
        guard problems.isEmpty else {
            throw SimulatorError.usage("\(path) cannot be run:\n" + problems.map { "  \($0)" }.joined(separator: "\n"))
        }
        return plan
    }

    private static func decode(_ path: String) throws -> Plan {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw SimulatorError.usage("\(path) cannot be read.")
        }
        let decoder = JSONDecoder()
        if let report = try? decoder.decode(Report.self, from: data) { return report.plan }
        do { return try decoder.decode(Plan.self, from: data) } catch let error as DecodingError {
            throw SimulatorError.usage("\(path) is not a plan: \(error.place)")
        } catch {
            throw SimulatorError.usage("\(path) is not JSON: \(error)")
        }
    }

    /// The part of `run.json` that repeats the run.
    private struct Report: Decodable { let plan: Plan }
}

/// JSON with sorted members and one value a line, so that files can be compared by line.
enum JSONFile {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}

/// Files that commands write where their user asks for them.
enum OutputFile {
    /// - Throws: `SimulatorError.usage` when the file cannot be written.
    static func write(_ content: String, to path: String) throws {
        do { try content.write(toFile: path, atomically: true, encoding: .utf8) } catch {
            throw SimulatorError.usage("\(path) cannot be written.")
        }
    }

    /// Creates the folder if it does not exist.
    ///
    /// - Throws: `SimulatorError.usage` when it cannot be created.
    static func makeFolder(_ path: String) throws {
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw SimulatorError.usage("The folder \(path) cannot be created.")
        }
    }
}

extension DecodingError {
    /// Where the value stands in the document, and what is wrong with it.
    var place: String {
        switch self {
        case .keyNotFound(let key, let context): "\(Self.path(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context): "\(Self.path(context.codingPath)) is null"
        case .typeMismatch(let type, let context): "\(Self.path(context.codingPath)) is not of the type \(type)"
        case .dataCorrupted(let context): "\(Self.path(context.codingPath)) \(context.debugDescription)"
        @unknown default: "\(self)"
        }
    }

    /// Returns the path in the notation of JavaScript: `steps[3].operations[0].verb`.
    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }
}
