import Bookings
import Foundation
import TestSupport
import XCTest

@testable import BookingsPostgres
@testable import SimulationKit

/// The audit of PostgreSQL's data: as a command, and in a server.
final class AuditTests: PostgresTestCase {
    func test_each_planted_violation_is_found_in_postgresql() async throws {
        for planted in PlantedViolation.all {
            let url = try await EphemeralServices.freshDatabase()
            let store = store(on: url)
            try await store.migrate(to: nil)
            try await PlantedViolation.fill(store)
            let sound = try await store.violations(at: PlantedViolation.now)
            XCTAssertEqual(sound, [], planted.name)
            let changed = try await EphemeralServices.sql("\(planted.postgres); \(planted.sql)", on: url)
            XCTAssertEqual(changed.status, 0, "\(planted.name): \(changed.lines)")
            let found = try await store.violations(at: PlantedViolation.now)
            XCTAssertEqual(Set(found.map(\.invariant)), planted.invariants, planted.name)
        }
    }

    /// Runs `BookingsServer audit` and returns its output and exit status.
    private func audit(_ variables: [String: String]) async throws -> (output: [String], status: Int32) {
        let process = try TestServer.launch(variables, ["audit"], in: TestServer.makeFolder())
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (lines, process.exitStatus())
    }

    func test_a_row_that_is_changed_by_hand_is_found_by_a_running_server_and_by_the_command() async throws {
        let variables = ["DATABASE_URL": try await EphemeralServices.freshDatabase()]
        let unmigrated = try await audit(variables)
        XCTAssertEqual(unmigrated.status, 78)
        try await TestServer.withServer(variables) { server in
            let admin = try await server.token("root", "admin")
            let start = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) + .seconds(7200)
            let made = try await server.send(
                "POST", "/bookings", as: admin,
                body: TestServer.bookingBody("11111111-1111-4111-8111-111111111111", from: start, lasting: .seconds(60))
            )
            XCTAssertEqual(made.status, 201)
            let sound = try await self.audit(variables)
            XCTAssertEqual(sound.status, 0, "\(sound.output)")
            XCTAssertEqual(sound.output, ["1 bookings: 0 violations"])
            let id = made.string(at: "id")
            try await EphemeralServices.sql(
                "update bookings set customer_id = 'eve' where id = '\(id)'", on: variables["DATABASE_URL"] ?? "")
            let broken = try await self.audit(variables)
            XCTAssertEqual(broken.status, 1)
            XCTAssertEqual(
                broken.output, ["history \(id): the row differs from its history", "1 bookings: 1 violations"])
            var metrics = ""
            for _ in 0..<600 where !metrics.contains(#"audit_violations_total{invariant="history"} 1"#) {
                try await Task.sleep(for: .milliseconds(100))
                metrics = try await server.send("GET", "/metrics").text
            }
            XCTAssertTrue(metrics.contains(#"audit_violations_total{invariant="history"} 1"#), metrics)
        }
    }

    func test_a_configuration_that_cannot_be_used_ends_the_audit_with_78() async throws {
        let failure = try await audit(["DATABASE_URL": "mysql://x"])
        XCTAssertEqual(failure.status, 78)
        XCTAssertTrue(failure.output.joined().contains("DATABASE_URL"), "\(failure.output)")
    }
}
