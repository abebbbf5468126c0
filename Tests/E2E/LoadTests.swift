import Bookings
import Foundation
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
        let measures = try await command.measure { _ in }
        let report = LoadReport(settings: command.settings, measures: measures)
        XCTAssertEqual(measures.failed, 0, report.text)
        XCTAssertEqual(measures.sent, UInt64(Array(command.plan).count), report.text)
        XCTAssertFalse(report.verdicts.contains(where: \.verdict.isMissed), report.text)
        XCTAssertEqual(measures.frames.socketsOpen, 20, report.text)
        // Each of the five providers has four sockets.
        let created = try XCTUnwrap(measures.requests[.create]?.statuses[201])
        XCTAssertGreaterThan(created, 20)
        XCTAssertEqual(measures.frames.owed, 4 * created)
        XCTAssertEqual(measures.frames.sample.histogram.totalCount, 4 * created)
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
        XCTAssertEqual(rows.compactMap { $0["name"]?.string }, ["create", "get", "list"])
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
}
