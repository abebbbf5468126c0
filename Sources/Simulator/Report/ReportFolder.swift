import Bookings
import FoundationEssentials
import SimulationKit

/// The folder with the files of one run.
struct ReportFolder: Sendable {
    let path: String

    /// The path of the trace.
    var trace: String { file("trace.jsonl") }

    /// Creates the folder and writes `plan.json`, so that a run that ends without a result can be repeated.
    ///
    /// - Throws: `SimulatorError.usage` when the folder cannot be written to.
    func begin(with plan: Plan) throws {
        try OutputFile.makeFolder(path)
        try PlanFile.save(plan, to: file("plan.json"))
    }

    /// Writes `run.json`, `history.json`, `trace.jsonl`, `junit.xml`, `report.html`
    /// and `timeline.svg`; creates the folder if needed.
    func write(_ result: RunResult, _ history: History, trace lines: [String]) throws {
        try OutputFile.makeFolder(path)
        try write(JSONFile.text(result), to: "run.json")
        try write(JSONFile.text(history), to: "history.json")
        try write(lines.joined(separator: "\n") + "\n", to: "trace.jsonl")
        try write(JUnit.report(result), to: "junit.xml")
        try write(HTMLReport(result, history).document(), to: "report.html")
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

    private func write(_ content: String, to name: String) throws { try OutputFile.write(content, to: file(name)) }
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
