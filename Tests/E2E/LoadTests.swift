import Bookings
import Foundation
import TestSupport
import XCTest

@testable import LoadTest
@testable import SimulationKit
@testable import Simulator

/// The load generator on the built server.
final class LoadTests: XCTestCase {
    func test_a_short_load_with_sockets_has_no_failures() async throws {
        let folder = try TestServer.makeFolder()
        let server = try await TestServer.start(in: folder)
        let command = try LoadCommand.parse([
            "--target", server.address, "--rate", "100", "--duration", "3s", "--mix", "create=30,get=40,list=30",
            "--providers", "5", "--sockets", "20", "--conflicts", "0.2", "--seed", "7", "--report",
            folder.appendingPathComponent("report").path, "--objective", "create.errors=0", "--objective",
            "get.errors=0", "--objective", "list.errors=0", "--objective", "frame.errors=0",
        ])
        let result = try await command.measure { _ in }
        let measures = result.measures
        XCTAssertEqual(result.errors, [], result.text)
        XCTAssertEqual(measures.failed, 0, result.text)
        XCTAssertEqual(measures.sent, UInt64(Array(try command.settings().plan).count), result.text)
        XCTAssertEqual(result.listenersOpened, 20, result.text)
        // Each of the five providers has four sockets.
        let created = try XCTUnwrap(measures.requests[.create]?.statuses[201])
        XCTAssertGreaterThan(created, 20)
        XCTAssertEqual(measures.frames.owed, 4 * created)
        XCTAssertEqual(measures.frames.sample.answered, 4 * created)
        XCTAssertGreaterThan(try XCTUnwrap(measures.requests[.create]?.statuses[409]), 0)
        try await server.stop()
    }

    func test_a_missed_objective_exits_with_7_and_writes_a_report() async throws {
        let folder = try TestServer.makeFolder()
        let server = try await TestServer.start(in: folder)
        let path = folder.appendingPathComponent("report").path
        let command = try LoadCommand.parse([
            "--target", server.address, "--rate", "50", "--duration", "1s", "--providers", "2", "--objective",
            "get.p50=0us", "--report", path,
        ])
        do {
            try await command.run()
            XCTFail("The objective of 0 µs was met.")
        } catch {
            XCTAssertEqual(LoadCommand.exitCode(for: error).rawValue, 7, "\(error)")
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/load.json"))
        let json = try JSONValue.parse(Array(bytes))
        guard case .array(let rows)? = json["rows"] else { return XCTFail("no rows") }
        XCTAssertEqual(rows.compactMap { $0["name"]?.string }, ["create", "get", "list", "total"])
        XCTAssertTrue(FileManager.default.fileExists(atPath: path + "/get.hgrm"))
        try await server.stop()
    }

    func test_an_unreachable_service_exits_with_69() async throws {
        let command = try LoadCommand.parse(["--target", "http://127.0.0.1:1", "--duration", "1s", "--timeout", "1s"])
        do {
            try await command.run()
            XCTFail("The service was reached.")
        } catch {
            XCTAssertEqual(LoadCommand.exitCode(for: error).rawValue, 69, "\(error)")
        }
    }

    func test_every_kind_of_request_and_of_listener_is_served() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let mix =
            "create=20,get=5,list=5,past=5,search=5,history=5,events=5,confirm=5,decline=5,cancel=5,"
            + "reschedule=5,complete=5,no-show=5,session=10"
        let command = try LoadCommand.parse([
            "--target", server.address, "--rate", "60", "--duration", "5s", "--mix", mix, "--providers", "3",
            "--sockets", "3", "--streams", "3", "--pollers", "3", "--timeout", "2s", "--think", "10ms", "--seed", "3",
        ])
        let result = try await command.measure { _ in }
        XCTAssertEqual(result.errors, [], result.text)
        XCTAssertEqual(Set(result.measures.requests.keys), Set(LoadKind.allCases))
        // The first bookings that start soon have started after the timeout.
        XCTAssertGreaterThan(try XCTUnwrap(result.measures.requests[.complete]?.statuses[200]), 0, result.text)
        XCTAssertGreaterThan(try XCTUnwrap(result.measures.requests[.session]?.sample.answered), 5, result.text)
        XCTAssertEqual(result.listenersOpened, 9)
        try await server.stop()
    }

    func test_reminders_that_are_due_during_the_load_arrive_at_every_listener() async throws {
        let server = try await TestServer.start(["REMINDER_LEAD_MINUTES": "60"], in: TestServer.makeFolder())
        let command = try LoadCommand.parse([
            "--target", server.address, "--rate", "20", "--duration", "3s", "--providers", "2", "--sockets", "2",
            "--streams", "2", "--reminders", "30",
        ])
        let result = try await command.measure { _ in }
        XCTAssertEqual(result.errors, [], result.text)
        let reminders = result.measures.frames.reminders
        XCTAssertEqual(reminders.armed, 30)
        XCTAssertEqual(reminders.received, 30)
        XCTAssertEqual(reminders.owed, 60)
        XCTAssertEqual(reminders.lateness.answered, 60)
        // The service has counted what the report says: creates, armed reminders and the first slot of each provider.
        let metrics = try await server.send("GET", "/metrics").text
        let created = try XCTUnwrap(result.measures.requests[.create]?.statuses[201])
        XCTAssertTrue(metrics.contains("bookings_created_total \(created + 30 + 2)\n"), metrics)
        let fired = metrics.matches(of: /booking_reminders_total\{outcome="(?:on_time|late)"\} (\d+)/)
        XCTAssertEqual(fired.compactMap { Int($0.output.1) }.reduce(0, +), 30, metrics)
        try await server.stop()
    }

    func test_a_server_that_is_killed_during_the_load_fails_it_and_the_instant_is_named() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let command = try LoadCommand.parse([
            "--target", server.address, "--rate", "50", "--duration", "3s", "--providers", "2", "--sockets", "4",
            "--timeout", "1s",
        ])
        let pid = server.pid
        let result = try await command.measure { line in
            if line.hasPrefix("1s:") { Foundation.kill(pid, SIGKILL) }
        }
        XCTAssertFalse(result.isPassed)
        XCTAssertEqual(result.measures.frames.socketsLost, 4)
        XCTAssertTrue(result.failures.contains { $0.contains("listener lost: 4") }, result.text)
        XCTAssertTrue(result.failures.contains { $0.contains(/no connection: \d+ from 1\.?\d*s to/) }, result.text)
        try await server.kill()
    }

    func test_several_processes_send_the_load_of_one() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let folder = try TestServer.makeFolder()
        let command = try LoadCommand.parse([
            "--target", server.address, "--rate", "60", "--duration", "2s", "--providers", "4", "--sockets", "8",
            "--reminders", "8", "--workers", "3", "--report", folder.path,
            "--program", TestServer.executable("simulator"),
        ])
        let result = try await command.measure { _ in }
        XCTAssertEqual(result.errors, [], result.text)
        try command.results.write(result)
        let json = try JSONValue.parse(Array(Data(contentsOf: folder.appendingPathComponent("load.json"))))
        guard case .array(let rows)? = json["rows"] else { return XCTFail("no rows") }
        let total = try XCTUnwrap(rows.first { $0["name"]?.string == "total" })
        XCTAssertEqual(total["answered"]?.double, Double(Array(try command.settings().plan).count))
        XCTAssertEqual(json["reminders"]?["received"]?.double, 8)
        for name in ["series.csv", "junit.xml", "load.html"] {
            XCTAssertTrue(FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path), name)
        }
        try await server.stop()
    }

    // MARK: - Against a stub

    /// Sends load to a stub. Measures again while the machine was too busy to send it in time, which the result shows.
    private func load(
        _ model: QueueModel, _ arguments: [String]
    ) async throws -> (result: LoadResult, requests: Int) {
        var attempts = 0
        while true {
            let stub = try await StubService(model: model)
            let command = try LoadCommand.parse(
                ["--target", stub.url, "--providers", "1", "--mix", "list=1"] + arguments)
            let result = try await command.measure { _ in }
            let requests = stub.requests
            try await stub.stop()
            attempts += 1
            let isLate = result.saturation != nil || result.measures.lag.latency(at: 99).map { $0 >= Self.lag } ?? false
            if !isLate || attempts == 8 { return (result, requests) }
        }
    }

    /// Requests that are sent this late change what is measured.
    private static let lag = Duration.milliseconds(5)

    private func assert(_ latency: Duration?, isNear expected: Double, _ result: LoadResult) {
        XCTAssertEqual(latency?.inSeconds ?? 0, expected, accuracy: expected / 10, result.text)
    }

    /// A closed loop would see the stall once for each of its connections; here it is in the latency of every request that
    /// was due in it.
    func test_a_stall_is_in_the_latency_of_every_request_that_was_due_in_it() async throws {
        let model = QueueModel(serviceTime: 0.1, servers: nil, stalls: [.init(from: 2, to: 4)])
        let (result, requests) = try await load(model, ["--rate", "50", "--duration", "8s"])
        let sample = result.measures.sample(of: .total)
        assert(sample.latency(at: 50), isNear: 0.1, result)
        // A quarter of the requests waits for up to 2 s: 1 % for more than 24/25 of them.
        assert(sample.latency(at: 99), isNear: 0.1 + 1.92, result)
        assert(sample.latency(at: 100), isNear: 0.1 + 2, result)
        XCTAssertEqual(Int(sample.answered), requests)
    }

    func test_the_limit_of_a_queue_is_found() async throws {
        let (result, _) = try await load(
            QueueModel(serviceTime: 0.01, servers: 1),
            ["--find-limit", "--rate", "60", "--step", "3s", "--objective", "total.p99=300ms"])
        XCTAssertEqual(result.limit?.held ?? 0, 100, accuracy: 10, result.text)
    }

    func test_a_missed_objective_ends_the_load_early_if_it_shall() async throws {
        let (result, _) = try await load(
            QueueModel(serviceTime: 0.05, servers: nil),
            ["--rate", "50", "--duration", "60s", "--abort-on-miss", "--objective", "list.p50=1ms"])
        XCTAssertLessThan(result.points.count, 60)
        XCTAssertEqual(result.stopReason?.hasPrefix("list.p50=1ms was missed after"), true, result.text)
        XCTAssertFalse(result.isPassed)
    }
}
