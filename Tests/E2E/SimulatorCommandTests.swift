import Bookings
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// The simulator as its user meets it: exit statuses, messages and files.
final class SimulatorCommandTests: XCTestCase {
    private static let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("simulator").path

    private func temporaryFolder() throws -> URL {
        let folder = try TestServer.makeFolder()
        addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        return folder
    }

    private func launch(_ arguments: [String], in folder: URL) throws -> ChildProcess {
        try ChildProcess(
            Self.program, arguments, environment: ["JWT_SECRET": "the secret of the end-to-end tests, long enough"],
            in: folder)
    }

    /// Runs a command to its end. Returns its exit status and what it printed.
    private func run(_ arguments: [String], in folder: URL? = nil) async throws -> (status: Int32, text: String) {
        try await finish(launch(arguments, in: folder ?? temporaryFolder()))
    }

    private func finish(_ process: ChildProcess) async throws -> (status: Int32, text: String) {
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        return (process.exitStatus(), lines.joined(separator: "\n"))
    }

    func test_wrong_arguments_end_with_64_and_name_what_is_wrong() async throws {
        let folder = try temporaryFolder()
        try "{}".write(to: folder.appendingPathComponent("empty.json"), atomically: true, encoding: .utf8)
        for (arguments, reason) in [
            (["run", "--scenario", "reminders", "--target", "ftp://x"], "--target"),
            (["run", "--scenario", "reminders", "--world", "remote"], "--target"),
            (["run", "--scenario", "reminders", "--target", "http://127.0.0.1:1", "--faults", "crash"], "crash"),
            (["run", "--scenario", "reminders", "--world", "elsewhere"], "--world"),
            (["run", "--scenario", "reminders", "--report", "/proc/nowhere"], "/proc/nowhere"),
            (["replay", "missing.json"], "missing.json"), (["replay", "empty.json"], "scenario is missing"),
            (["shrink", "empty.json"], "scenario is missing"),
            (["serve", "--mutant", "proxy-drops-frames"], "proxy-drops-frames"), (["serve", "--port", "-1"], "--port"),
            (["serve", "--replicas", "0"], "--replicas"), (["serve", "--speed", "-1"], "--speed"),
            (["serve", "--at", "noon"], "--at"), (["serve", "--control", "here"], "--control"),
        ] {
            let (status, text) = try await run(arguments, in: folder)
            XCTAssertEqual(status, 64, "\(arguments): \(text)")
            XCTAssertTrue(text.contains(reason), "\(arguments): \(text)")
        }
    }

    func test_a_target_that_does_not_answer_is_named_and_ends_with_69() async throws {
        let (status, text) = try await run(["run", "--scenario", "reminders", "--target", "http://127.0.0.1:1"])
        XCTAssertEqual(status, 69, text)
        XCTAssertTrue(text.contains("http://127.0.0.1:1"), text)
    }

    func test_a_report_can_be_replayed() async throws {
        let folder = try temporaryFolder()
        let (status, text) = try await run(
            ["run", "--scenario", "reminders", "--bookings", "5", "--duration", "6h", "--report", "out"], in: folder)
        XCTAssertEqual(status, 0, text)
        for file in ["out/run.json", "out/plan.json"] {
            let (status, again) = try await run(["replay", file], in: folder)
            XCTAssertEqual(status, 0, again)
            let trace = try XCTUnwrap(text.split(separator: "\n").first { $0.contains("trace ") })
            XCTAssertTrue(again.contains(trace), again)
        }
    }

    /// The replica of a simulator, once it runs.
    private func child(of pid: pid_t) async throws -> pid_t {
        for _ in 0..<1000 {
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
            let children = threads.compactMap {
                try? String(contentsOfFile: "/proc/\(pid)/task/\($0)/children", encoding: .utf8)
            }
            for child in children.joined(separator: " ").split(separator: " ").compactMap({ pid_t($0) }) {
                let name = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
                if name?.hasPrefix("simulator") ?? false { return child }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw SimulatorError.crashed("no replica was started")
    }

    private static let longRun = [
        "run", "--scenario", "reminders", "--world", "processes", "--bookings", "3000", "--faults", "crash",
    ]

    /// Starts a run on a replica that is a process, sends it a signal in the middle of the run, and returns how it ends.
    private func runSignalling(_ signal: Int32) async throws -> (status: Int32, text: String) {
        let process = try launch(Self.longRun, in: temporaryFolder())
        var lines: [String] = []
        for await line in process.lines {
            lines.append(line)
            if lines.count == 1 { kill(try await child(of: process.pid), signal) }
        }
        return (process.exitStatus(), lines.joined(separator: "\n"))
    }

    func test_a_replica_that_is_killed_from_outside_ends_the_run_with_3() async throws {
        let (status, text) = try await runSignalling(SIGKILL)
        XCTAssertEqual(status, 3, text)
        XCTAssertTrue(text.contains("replica 0 ended, and no fault of the plan ended it"), text)
    }

    func test_a_replica_that_hangs_ends_the_run_with_2() async throws {
        let (status, text) = try await runSignalling(SIGSTOP)
        XCTAssertEqual(status, 2, text)
        XCTAssertTrue(text.contains("has not answered for 5.0 seconds"), text)
    }

    func test_crash_points_are_explained_and_help_shows_no_swift() async throws {
        let list = try await run(["list"]).text
        for point in CrashPoint.allCases { XCTAssertTrue(list.contains("\(point.rawValue): \(point.summary)"), list) }
        for command in ["run", "soak", "sweep", "replay", "shrink", "mutants"] {
            let help = try await run([command, "--help"]).text
            for word in ["FaultList(", "Duration", "nil", "proc)", "--until", "canary"] {
                XCTAssertFalse(help.contains(word), "\(command): \(help)")
            }
        }
    }

    func test_a_database_that_cannot_be_read_after_the_run_is_no_loss_but_no_convergence() async throws {
        let plan = Scenario.reminders.plan(seed: 3, PlanOptions(bookings: 4))
        var deployment = try await SharedDeployment.open(plan)
        let store = deployment.ports.store
        deployment.ports.store = InterceptedStore(
            store: store, onList: { (_, _) throws(StoreError) in throw .unavailable("always") })
        let run = SimulationRun(plan: plan, deployment: deployment)
        try await run.run()
        let history = await run.history
        await run.close()
        XCTAssertTrue(history.wasAborted)
        XCTAssertTrue(history.convergenceFailures.contains { $0.contains("/bookings?limit=100") })
        XCTAssertFalse(Checkers.check(history).contains { $0.invariant == "durable" })
    }

    func test_a_walk_ends_where_more_rows_stand_than_the_run_made() async throws {
        let earlier = Scenario.pagination.plan(seed: 1, PlanOptions(bookings: 30))
        let later = Scenario.pagination.plan(seed: 2, PlanOptions(bookings: 5))
        let deployment = try await SharedDeployment.open(earlier)
        for plan in [earlier, later] {
            let run = SimulationRun(plan: plan, deployment: deployment)
            try await run.run()
            let history = await run.history
            await run.close()
            XCTAssertFalse(Checkers.check(history).contains { $0.invariant == "page-walk" }, "seed \(plan.seed)")
        }
    }

    func test_a_clock_jumps_in_any_scenario() async throws {
        for replicas in 1...2 {
            for seed in 1...4 {
                let options = PlanOptions(
                    until: 6 * PlanBuilder.hour, bookings: 20, replicas: replicas, faults: [.clockStep, .clockStep])
                let plan = Scenario.reminders.plan(seed: UInt64(seed), options)
                let (first, second) = (try await Simulation(plan: plan).run(), try await Simulation(plan: plan).run())
                XCTAssertEqual(first.result.violations, [], "seed \(seed), \(replicas) replicas")
                XCTAssertEqual(first.trace.lines, second.trace.lines, "seed \(seed), \(replicas) replicas")
            }
        }
    }

    func test_scenario_files_run_and_their_expectations_are_judged() async throws {
        let fixtures = TestServer.root.appendingPathComponent("fixtures/scenarios")
        let folder = try temporaryFolder()
        for name in ["late-cancel.yaml", "pending.json"] {
            let file = fixtures.appendingPathComponent(name)
            let (status, text) = try await run(["run", "--file", file.path, "--twice"], in: folder)
            XCTAssertEqual(status, 0, text)
        }
        let example = try String(contentsOf: fixtures.appendingPathComponent("pending.json"), encoding: .utf8)
        try example.replacingOccurrences(of: "\"reminders\": 1", with: "\"reminders\": 2")
            .write(to: folder.appendingPathComponent("wrong.json"), atomically: true, encoding: .utf8)
        let (status, text) = try await run(["run", "--file", "wrong.json"], in: folder)
        XCTAssertEqual(status, 1, text)
        XCTAssertTrue(text.contains("expected: expect: booking.reminder is 1 instead of 2"), text)
    }

    func test_a_run_on_a_deployed_service_judges_reminders_and_takes_the_rows_of_earlier_runs() async throws {
        let folder = try temporaryFolder()
        // A tenth of a minute.
        let variables = [
            "JWT_SECRET": "the secret of the end-to-end tests, long enough", "REMINDER_LEAD_MINUTES": "0.1",
            "CUSTOMER_ACCESS": "own",
        ]
        try await TestServer.withServer(variables) { server in
            func run(_ arguments: [String]) async throws -> String {
                let process = try ChildProcess(
                    Self.program, ["run", "--target", server.address] + arguments, environment: variables, in: folder)
                let (status, text) = try await self.finish(process)
                XCTAssertEqual(status, 0, text)
                return text
            }
            let timed = try await run(
                ["--scenario", "reminders", "--reminders", "--bookings", "6", "--duration", "20s"])
            XCTAssertNotNil(timed.firstMatch(of: /reminders [1-6], lateness/), timed)
            XCTAssertTrue(timed.contains("faults 0"), timed)
            for seed in ["1", "2"] {
                _ = try await run(["--scenario", "pagination", "--bookings", "4", "--duration", "3s", "--seed", seed])
            }
        }
    }

    func test_an_interrupted_soak_prints_its_tally_and_leaves_no_folder_behind() async throws {
        let folder = try temporaryFolder()
        let process = try ChildProcess(
            Self.program,
            [
                "soak", "--world", "processes", "--scenario", "reminders", "--bookings", "5", "--seed", "1", "--report",
                "out",
            ],
            environment: ["TMPDIR": folder.path], in: folder)
        var lines: [String] = []
        var replica: pid_t?
        for await line in process.lines {
            lines.append(line)
            guard lines.count(where: { $0.contains("reminders seed") }) == 2, replica == nil else { continue }
            replica = try await child(of: process.pid)
            kill(process.pid, SIGINT)
        }
        let text = lines.joined(separator: "\n")
        XCTAssertEqual(process.exitStatus(), 130, text)
        // It ends by itself when its input is closed.
        let left = try XCTUnwrap(replica)
        for _ in 0..<1000 where kill(left, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        XCTAssertNotEqual(kill(left, 0), 0, "replica \(left) still runs")
        XCTAssertTrue(text.contains(" runs in "), text)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["out"])
        XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path + "/out/junit.xml"))
    }
}
