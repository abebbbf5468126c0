import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// What operators have: each metric is documented, and alerts and dashboard name metrics that exist.
final class OperationsTests: XCTestCase {
    private func text(_ path: String) throws -> String {
        try String(contentsOf: TestServer.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Returns the names in `/metrics` by their type.
    private func metrics() async throws -> [String: String] {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let text = try await server.send("GET", "/metrics").text
        try await server.stop()
        let types = text.matches(of: /# TYPE (\w+) (\w+)/).map { (String($0.output.1), String($0.output.2)) }
        return Dictionary(types) { $1 }
    }

    func test_operations_names_each_metric_and_what_to_do_when_it_moves() async throws {
        let page = try text("docs/operations.md")
        let metrics = try await metrics()
        XCTAssertGreaterThan(metrics.count, 15)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        for name in metrics.keys.sorted() where !rows.contains(where: { $0.contains("`\(name)") }) {
            XCTFail("docs/operations.md has no row for \(name)")
        }
    }

    func test_alerts_and_dashboard_name_metrics_that_exist() async throws {
        var names: Set<String> = ["up"]
        for (name, type) in try await metrics() {
            names.formUnion(type == "histogram" ? ["_bucket", "_sum", "_count"].map { name + $0 } : [name])
        }
        for path in ["deploy/alerts.yml", "deploy/dashboard.json"] {
            let used = Set(try text(path).matches(of: /(\w+)\{job=/).map { String($0.output.1) })
            XCTAssertGreaterThan(used.count, 8)
            XCTAssertEqual(used.subtracting(names), [], path)
        }
    }

    func test_operations_explains_each_alert() throws {
        let page = try text("docs/operations.md")
        let alerts = try text("deploy/alerts.yml").matches(of: /alert: (\w+)/).map { String($0.output.1) }
        XCTAssertGreaterThan(alerts.count, 10)
        for alert in alerts where !page.contains("`\(alert)`") { XCTFail("docs/operations.md does not name \(alert)") }
    }

    func test_the_alert_rules_are_valid_and_fire() async throws {
        for arguments in [["check", "rules", "deploy/alerts.yml"], ["test", "rules", "deploy/alerts.test.yml"]] {
            let promtool = try ChildProcess("/usr/bin/promtool", arguments, in: TestServer.root)
            var lines: [String] = []
            for await line in promtool.lines { lines.append(line) }
            XCTAssertEqual(promtool.exitStatus(), 0, lines.joined(separator: "\n"))
        }
    }
}
