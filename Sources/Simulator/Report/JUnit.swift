import Bookings
import SimulationKit

/// A run as a JUnit test suite with a test case for each invariant.
enum JUnit {
    /// Returns the XML document.
    static func report(_ result: RunResult) -> String {
        let violations = Dictionary(grouping: result.violations, by: \.invariant)
        let known = Checkers.all.map(\.name)
        // A report that was written by another version may have invariants that are not known here.
        let names = known + violations.keys.filter { !known.contains($0) }.sorted()
        let hasError = result.outcome == .noConvergence || result.outcome == .crashed
        var xml = XML()
        xml.element(
            "testsuite",
            [
                "name": "\(result.plan.title) seed \(result.plan.seed)",
                "tests": "\(names.count + (hasError ? 1 : 0))", "failures": "\(violations.count)",
                "errors": hasError ? "1" : "0", "time": "\(result.figures.wallSeconds)",
            ]
        ) { xml in
            properties(of: result, into: &xml)
            for name in names { testCase(name, violations[name] ?? [], of: result, into: &xml) }
            guard hasError else { return }
            xml.element("testcase", ["classname": className(result), "name": "run"]) { xml in
                xml.element("error", ["message": result.outcome.rawValue])
            }
        }
        return xml.document
    }

    private static func className(_ result: RunResult) -> String { "simulator.\(result.plan.title)" }

    /// The properties are what is needed to repeat the run.
    private static func properties(of result: RunResult, into xml: inout XML) {
        let properties: KeyValuePairs = [
            "commit": result.commit, "mutant": result.plan.mutant ?? "", "seed": "\(result.plan.seed)",
            "stores": result.plan.settings.stores.rawValue, "swift": result.swiftVersion, "trace": result.traceHash,
            "world": result.plan.settings.world.rawValue,
        ]
        xml.element("properties") { xml in
            for (name, value) in properties { xml.element("property", ["name": name, "value": value]) }
        }
    }

    /// A test case fails once, with its first violation as the message and all of them as the content: tools count
    /// failures by test case.
    private static func testCase(_ name: String, _ violations: [Violation], of result: RunResult, into xml: inout XML) {
        let attributes: KeyValuePairs = ["classname": className(result), "name": name]
        guard let first = violations.first else { return xml.element("testcase", attributes) }
        let message = violations.count == 1 ? first.detail : "\(first.detail) (and \(violations.count - 1) more)"
        xml.element("testcase", attributes) { xml in
            xml.element(
                "failure", ["message": message, "type": name],
                content: violations.map(\.line).joined(separator: "\n"))
        }
    }
}

extension Violation {
    /// The detail, preceded by the instant and the booking if there are any.
    fileprivate var line: String {
        let location = [at.map { RFC3339.string($0) }, booking?.description].compactMap { $0 }.joined(separator: " ")
        return location.isEmpty ? detail : "\(location): \(detail)"
    }
}
