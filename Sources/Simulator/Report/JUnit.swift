import Bookings
import SimulationKit

/// A run as a JUnit suite: a test case for each invariant.
enum JUnit {
    /// In the order of the table in the simulator's description.
    static let invariants = [
        "reminder-early", "reminder-late", "reminder-once", "reminder-stale", "event-causal", "event-gapless",
        "page-walk", "partition", "idempotent", "no-double-booking", "durable", "cache-fresh", "tenant-sealed", "auth",
        "converge", "drain",
    ]

    static func report(_ result: RunResult) -> String {
        let violations = Dictionary(grouping: result.violations, by: \.invariant)
        let names = invariants + violations.keys.filter { !invariants.contains($0) }.sorted()
        let isBroken = result.outcome == .noConvergence || result.outcome == .crashed
        var xml = XML()
        xml.element(
            "testsuite",
            [
                "name": "\(result.plan.scenario.rawValue) seed \(result.plan.seed)",
                "tests": "\(names.count + (isBroken ? 1 : 0))", "failures": "\(violations.count)",
                "errors": isBroken ? "1" : "0", "time": "\(result.figures.wallSeconds)",
            ]
        ) { xml in
            properties(of: result, into: &xml)
            for name in names { testCase(name, violations[name] ?? [], of: result, into: &xml) }
            guard isBroken else { return }
            xml.element("testcase", ["classname": className(result), "name": "run"]) { xml in
                xml.element("error", ["message": result.outcome.rawValue])
            }
        }
        return xml.text
    }

    private static func className(_ result: RunResult) -> String { "simulator.\(result.plan.scenario.rawValue)" }

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

    private static func testCase(_ name: String, _ violations: [Violation], of result: RunResult, into xml: inout XML) {
        let attributes: KeyValuePairs = ["classname": className(result), "name": name]
        guard let first = violations.first else { return xml.element("testcase", attributes) }
        let message = violations.count == 1 ? first.detail : "\(first.detail) (and \(violations.count - 1) more)"
        xml.element("testcase", attributes) { xml in
            xml.element(
                "failure", ["message": message, "type": name], text: violations.map(\.line).joined(separator: "\n"))
        }
    }
}

extension Violation {
    /// With its instant and booking, where they are known.
    var line: String {
        let place = [at.map { RFC3339.string($0) }, booking?.description].compactMap { $0 }.joined(separator: " ")
        return place.isEmpty ? detail : "\(place): \(detail)"
    }
}
