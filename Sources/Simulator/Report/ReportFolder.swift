import Bookings
import FoundationEssentials
import SimulationKit

/// The folder with the files of one run.
struct ReportFolder: Sendable {
    let path: String

    /// The path of the trace.
    var trace: String { file("trace.jsonl") }

    /// Writes `run.json`, `history.json`, `trace.jsonl`, `junit.xml` and `timeline.svg`; creates the folder if needed.
    func write(_ result: RunResult, _ history: History, trace lines: [String]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write(Self.json(result), to: "run.json")
        try write(Self.json(history), to: "history.json")
        try write(lines.joined(separator: "\n") + "\n", to: "trace.jsonl")
        try write(JUnit.report(result), to: "junit.xml")
        try write(Timeline(history: history, plan: result.plan, violations: result.violations).svg, to: "timeline.svg")
    }

    /// Reads `run.json`.
    func readResult() throws -> RunResult {
        try JSONDecoder().decode(RunResult.self, from: Data(contentsOf: URL(filePath: file("run.json"))))
    }

    /// Reads `history.json`.
    func readHistory() throws -> History {
        try JSONDecoder().decode(History.self, from: Data(contentsOf: URL(filePath: file("history.json"))))
    }

    private func file(_ name: String) -> String { "\(path)/\(name)" }

    private func write(_ content: String, to name: String) throws {
        try content.write(toFile: file(name), atomically: true, encoding: .utf8)
    }

    /// Returns JSON with sorted members and one value a line, so that reports can be compared by line.
    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}

/// Makes a dictionary with ids as keys a JSON object with sorted members, instead of an array in an unstable order.
extension Identifier: CodingKeyRepresentable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The id as a key of JSON.
    public var codingKey: any CodingKey { Key(stringValue: description) }

    /// Parses a key; returns `nil` when it is not a UUID.
    public init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}
