import Bookings
import SimulationKit
import Synchronization

/// The report of a command that runs many plans: `junit.xml` with a test case for each run, and a folder with the whole
/// report of each run that failed.
final class CampaignReport: Sendable {
    private struct Case {
        let name: String
        let seconds: Double
        /// Why it failed; `nil` when it passed.
        let failure: String?
    }

    private let command: String
    private let path: String
    private let cases = Mutex<[Case]>([])

    /// - Throws: `SimulatorError.usage` when the folder cannot be created.
    init(command: String, path: String) throws {
        self.command = command
        self.path = path
        try OutputFile.makeFolder(path)
    }

    /// Adds a run that passes unless an invariant is violated.
    func add(_ name: String, _ outcome: Simulation.Outcome) throws {
        let result = outcome.result
        let failure = result.outcome == .passed ? nil : result.violations.map(\.description).joined(separator: "\n")
        add(
            name, seconds: result.figures.wallSeconds,
            failure: failure.map { $0.isEmpty ? result.outcome.rawValue : $0 })
        if failure != nil { try keep(name, outcome) }
    }

    /// Adds a test case, for commands that expect something else of a run than that it passes.
    func add(_ name: String, seconds: Double, failure: String?) {
        cases.withLock { $0.append(Case(name: name, seconds: seconds, failure: failure)) }
    }

    /// Writes the whole report of a run into a folder of its own.
    func keep(_ name: String, _ outcome: Simulation.Outcome) throws {
        let folder = name.map { $0.isLetter || $0.isNumber ? $0 : "-" }
        try ReportFolder(path: "\(path)/\(String(folder))")
            .write(outcome.result, outcome.history, trace: outcome.trace.lines)
    }

    /// Writes `junit.xml`.
    func finish() throws { try OutputFile.write(document, to: "\(path)/junit.xml") }

    var document: String {
        let cases = cases.withLock { $0 }
        var xml = XML()
        xml.element(
            "testsuite",
            [
                "name": "simulator \(command)", "tests": "\(cases.count)",
                "failures": "\(cases.count { $0.failure != nil })", "errors": "0",
                "time": "\(cases.reduce(0) { $0 + $1.seconds })",
            ]
        ) { xml in
            for one in cases { write(one, into: &xml) }
        }
        return xml.document
    }

    private func write(_ one: Case, into xml: inout XML) {
        let attributes: KeyValuePairs = [
            "classname": "simulator.\(command)", "name": one.name, "time": "\(one.seconds)",
        ]
        guard let failure = one.failure else { return xml.element("testcase", attributes) }
        let message = failure.split(separator: "\n").first.map(String.init) ?? failure
        xml.element("testcase", attributes) { xml in
            xml.element("failure", ["message": message], content: failure)
        }
    }
}
