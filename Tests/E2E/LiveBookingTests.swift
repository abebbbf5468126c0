import Bookings
import BookingsRuntime
import Foundation
import XCTest

@testable import SimulationKit

/// A booking goes live: HTTP in, Socket.IO out, heard by a client that is not ours.
final class LiveBookingTests: XCTestCase {
    func test_a_socket_io_client_hears_of_a_booking_and_is_reminded_at_the_due_second() async throws {
        let server = try await TestServer.start(["REMINDER_LEAD_MINUTES": "0.05"], in: TestServer.makeFolder())
        let provider = "11111111-1111-4111-8111-111111111111"
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let token = try await server.token(provider, "provider")
        let listener = try ChildProcess(
            "/usr/bin/timeout", ["60", python, script, server.address, token], in: server.folder)
        var heard = listener.lines.makeAsyncIterator()
        try await hear("connect", &heard)

        let start = SystemClock().now() + .seconds(5)
        let made = try await server.send(
            "POST", "/bookings", as: server.token("customer-1", "customer"),
            body: TestServer.wish(provider, from: start, lasting: .seconds(600)))
        XCTAssertEqual(made.status, 201, made.text)

        let created = try await hear("booking.created", &heard)
        XCTAssertEqual(created["data"]?["id"]?.string, made.text(at: "id"))
        let reminder = try await hear("booking.reminder", &heard)
        let data = try XCTUnwrap(reminder["data"])
        XCTAssertEqual(data["booking_id"]?.string, made.text(at: "id"))
        XCTAssertEqual(data["customer_id"]?.string, "customer-1")
        XCTAssertEqual(data["due_at"]?.string, RFC3339.string(start - .seconds(3)))
        XCTAssertEqual(data["minutes_before"]?.double, 0.05)
        XCTAssertEqual(data["late"], .bool(false))
        let recorded = try XCTUnwrap(data["event"]?["occurred_at"]?.string.flatMap { RFC3339.parse($0) })
        XCTAssertGreaterThanOrEqual(recorded, start - .seconds(3))
        XCTAssertLessThanOrEqual(recorded, start - .seconds(2))

        let metrics = try await server.send("GET", "/metrics").text
        XCTAssertTrue(metrics.contains("\nsocketio_events_sent_total 2\n"), metrics)
        let status = try await server.stop()
        XCTAssertEqual(status, 0)
        listener.kill()
    }

    /// The next line, which must be of this name.
    @discardableResult
    private func hear(_ name: String, _ lines: inout AsyncStream<String>.Iterator) async throws -> JSONValue {
        let line = try await unwrapped(await lines.next(), "nothing more is heard; \(name) was due")
        let json = try XCTUnwrap(try? JSONValue.parse(Array(line.utf8)), line)
        XCTAssertEqual(json["name"]?.string, name, line)
        return json
    }

    private func unwrapped(_ value: String?, _ message: String) async throws -> String {
        try XCTUnwrap(value, message)
    }
}
