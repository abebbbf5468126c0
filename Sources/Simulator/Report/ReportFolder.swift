import Bookings
import FoundationEssentials
import SimulationKit

/// A folder with all that a run left behind.
struct ReportFolder: Sendable {
    let path: String

    private func file(_ name: String) -> String { "\(path)/\(name)" }
    var trace: String { file("trace.jsonl") }

    /// Writes `run.json`, `history.json`, `trace.jsonl`, `junit.xml` and `timeline.svg`.
    func write(_ result: RunResult, _ history: History, trace lines: [String]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write(Self.json(result), to: "run.json")
        try write(Self.json(history), to: "history.json")
        try write(lines.joined(separator: "\n") + "\n", to: "trace.jsonl")
        try write(JUnit.report(result), to: "junit.xml")
        try write(Timeline(history: history, plan: result.plan, violations: result.violations).svg, to: "timeline.svg")
    }

    func readResult() throws -> RunResult {
        try JSONDecoder().decode(RunResult.self, from: Data(contentsOf: URL(filePath: file("run.json"))))
    }

    func readHistory() throws -> History {
        try JSONDecoder().decode(History.self, from: Data(contentsOf: URL(filePath: file("history.json"))))
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}

/// A dictionary by ids is an object whose keys can be sorted, instead of an array in an order of its own.
extension Identifier: CodingKeyRepresentable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public var codingKey: any CodingKey { Key(stringValue: description) }

    public init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}
