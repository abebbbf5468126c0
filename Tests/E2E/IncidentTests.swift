import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsRuntime
@testable import BookingsSQLite
@testable import SimulationKit

/// Incidents come back: what a service with a bug recorded is exported, and the plan that is made of it shows the bug.
final class IncidentTests: XCTestCase {
    /// Bugs that show in what the log has: changes of bookings, and reminders.
    private static let incidents: [Mutant] = [
        .reminderSecondEarly, .reminderLate, .reminderTwice, .reminderOncePerBooking, .eventsLost,
        .ledgerForgets, .writesLost, .falseRefusal, .dueLate, .historyLost,
    ]

    /// A few hours of a few bookings with one replica.
    private static func smallPlan(_ scenario: Scenario) -> Plan {
        scenario.plan(seed: 5, PlanOptions(until: 4 * 3_600_000, bookings: 24, replicas: 1))
    }

    private func temporaryFolder() throws -> URL {
        let folder = try TestServer.makeFolder()
        addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        return folder
    }

    func test_at_least_nine_of_ten_planted_incidents_come_back_from_their_exports() async throws {
        var cameBack: [String] = []
        for incident in Self.incidents {
            var plan = Self.smallPlan(incident.scenario)
            incident.plant(in: &plan)
            let file = try temporaryFolder().appendingPathComponent("bookings.sqlite").path
            var simulation = Simulation(plan: plan)
            simulation.database = "sqlite:\(file)"
            let happened = try await simulation.run().result.violations.map(\.invariant)
            XCTAssertTrue(happened.contains(incident.caughtBy), "\(incident.name) did not happen: \(happened)")
            var imported = ImportedPlan(try await export(file, of: plan), name: incident.name, replicas: 1).plan
            XCTAssertEqual(PlanValidation.problems(in: imported), [], incident.name)
            incident.plant(in: &imported)
            let again = try await Simulation(plan: imported).run().result.violations.map(\.invariant)
            if again.contains(incident.caughtBy) { cameBack.append(incident.name) }
        }
        XCTAssertGreaterThanOrEqual(cameBack.count, 9, "\(cameBack)")
    }

    func test_without_the_bug_the_plan_of_an_export_violates_nothing() async throws {
        let plan = Self.smallPlan(.cancelReschedule)
        let file = try temporaryFolder().appendingPathComponent("bookings.sqlite").path
        var simulation = Simulation(plan: plan)
        simulation.database = "sqlite:\(file)"
        _ = try await simulation.run()
        let imported = ImportedPlan(try await export(file, of: plan), name: "sound", replicas: 1).plan
        XCTAssertGreaterThan(imported.size, 10)
        let again = try await Simulation(plan: imported).run().result
        XCTAssertEqual(again.violations, [])
    }

    /// Exports a copy of the file, since the run may not have closed it yet.
    private func export(_ file: String, of plan: Plan) async throws -> ExportFile {
        let copy = try temporaryFolder().appendingPathComponent("copy.sqlite").path
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file + suffix) {
            try FileManager.default.copyItem(atPath: file + suffix, toPath: copy + suffix)
        }
        let store = try SQLiteStore.open(.file(path: copy), identifiers: SystemIdentifiers())
        let export = ExportLog(
            source: store, store: store, plan: ReminderPlan(leads: plan.settings.leads.map { .milliseconds($0) }),
            initialStatus: plan.settings.isPendingFirst ? .pending : .confirmed,
            hash: SubjectHash(key: try await store.sealingKey()))
        let begin = Timestamp(milliseconds: plan.settings.begin)
        var lines: [String] = []
        try await export.run(from: begin, to: begin + .milliseconds(plan.settings.until)) { lines.append($0) }
        return try ExportFile(lines.joined(separator: "\n"))
    }

    func test_an_export_of_a_server_is_imported_and_replayed_by_the_commands() async throws {
        let folder = try temporaryFolder()
        let variables = ["DATABASE_URL": try await EphemeralServices.freshDatabase()]
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        try await TestServer.withServer(variables) { server in
            let admin = try await server.token("root", "admin")
            for hour in 1...3 {
                let made = try await server.send(
                    "POST", "/bookings", as: admin,
                    body: TestServer.bookingBody(
                        "11111111-1111-4111-8111-111111111111", from: now + .seconds(Int64(hour) * 3600),
                        lasting: .seconds(600)))
                XCTAssertEqual(made.status, 201)
            }
        }
        let (from, to) = (RFC3339.string(now - .seconds(60)), RFC3339.string(now + .seconds(600)))
        let exported = try TestServer.launch(variables, ["export", "--from", from, "--to", to], in: folder)
        var lines: [String] = []
        for await line in exported.lines { lines.append(line) }
        XCTAssertEqual(exported.exitStatus(), 0)
        XCTAssertEqual(lines.count, 4, "\(lines)")
        try lines.joined(separator: "\n").write(
            to: folder.appendingPathComponent("incident.jsonl"), atomically: true, encoding: .utf8)
        for arguments in [["import", "incident.jsonl", "-o", "plan.json"], ["replay", "plan.json"]] {
            let process = try ChildProcess(TestServer.executable("simulator"), arguments, in: folder)
            var output: [String] = []
            for await line in process.lines { output.append(line) }
            XCTAssertEqual(process.exitStatus(), 0, "\(arguments): \(output)")
        }
        let swapped = try TestServer.launch(variables, ["export", "--from", to, "--to", from], in: folder)
        XCTAssertEqual(swapped.exitStatus(), 64)
    }
}
