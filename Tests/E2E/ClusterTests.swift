import Bookings
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// The topology of `docker-compose.yml`, started by `scripts/cluster`.
final class ClusterTests: XCTestCase {
    func test_replicas_that_are_restarted_one_by_one_fail_no_request_and_lose_no_event() async throws {
        let cluster = try await Cluster.up()
        let crowd = try ChildProcess(
            "/usr/bin/timeout",
            [
                "300", TestServer.root.appendingPathComponent(".venv/bin/python3").path,
                TestServer.root.appendingPathComponent("scripts/crowd.py").path, cluster.address, "--sockets", "200",
            ], in: TestServer.root, takesInput: true)
        var lines = crowd.lines.makeAsyncIterator()
        let ready = await lines.next()
        XCTAssertEqual(ready, #"{"ready": true}"#)
        let roll = try await cluster.run("roll")
        XCTAssertEqual(roll.status, 0, roll.lines.joined(separator: "\n"))
        XCTAssertEqual(roll.lines, (1...3).map { "bookings-\($0) restarted" })
        XCTAssertTrue(crowd.send("end"))
        var last = ""
        while let line = await lines.next() { last = line }
        let summary = try JSONValue.parse(Array(last.utf8))
        XCTAssertEqual(summary["failed"], .array([]), last)
        XCTAssertEqual(summary["sockets"]?.double, 200, last)
        for transport in ["polling", "polling+websocket", "websocket"] {
            XCTAssertEqual(summary["missed"]?[transport]?.double, 0, last)
        }
        XCTAssertEqual(summary["twice"]?.double, 0, last)
        XCTAssertEqual(summary["resyncs"]?.double, 0, last)
        XCTAssertGreaterThan(summary["created"]?.double ?? 0, 0, last)
        XCTAssertGreaterThan(summary["connects"]?.double ?? 0, 200, "no replica was restarted: \(last)")
        try await cluster.down()
    }

    func test_the_status_names_a_replica_that_does_not_run() async throws {
        let cluster = try await Cluster.up()
        let all = try await cluster.run("status")
        XCTAssertEqual(all.status, 0, all.lines.joined(separator: "\n"))
        let replica = try XCTUnwrap(all.lines.first { $0.hasPrefix("bookings-2") })
        let pid = try XCTUnwrap(replica.split(separator: " ").last.flatMap { pid_t($0) }, replica)
        kill(pid, SIGKILL)
        let gone = await eventually { kill(pid, 0) != 0 }
        XCTAssertTrue(gone)
        let rest = try await cluster.run("status")
        XCTAssertEqual(rest.status, 1)
        XCTAssertTrue(rest.lines.contains("bookings-2   not ready"), rest.lines.joined(separator: "\n"))
        try await cluster.down()
    }
}
