import Bookings
import BookingsRuntime
import Foundation
import XCTest

@testable import SimulationKit

/// A booking that is created by HTTP reaches the official Socket.IO client, and so does its reminder.
final class LiveBookingTests: XCTestCase {
    func test_a_socket_io_client_receives_a_booking_and_its_reminder_within_a_second_of_the_due_instant() async throws {
        let server = try await TestServer.start(["REMINDER_LEAD_MINUTES": "0.05"], in: TestServer.makeFolder())
        let provider = "11111111-1111-4111-8111-111111111111"
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let token = try await server.token(provider, "provider")
        let listener = try ChildProcess(
            "/usr/bin/timeout", ["60", python, script, server.address, token], in: server.folder)
        var lines = listener.lines.makeAsyncIterator()
        try await event("connect", &lines)

        let start = SystemClock().now() + .seconds(5)
        let made = try await server.send(
            "POST", "/bookings", as: server.token("customer-1", "customer"),
            body: TestServer.bookingBody(provider, from: start, lasting: .seconds(600)))
        XCTAssertEqual(made.status, 201, made.text)

        let created = try await event("booking.created", &lines)
        XCTAssertEqual(created["data"]?["id"]?.string, made.string(at: "id"))
        let reminder = try await event("booking.reminder", &lines)
        let data = try XCTUnwrap(reminder["data"])
        XCTAssertEqual(data["booking_id"]?.string, made.string(at: "id"))
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

    /// Returns the next event, which must have this name.
    @discardableResult
    private func event(_ name: String, _ lines: inout AsyncStream<String>.Iterator) async throws -> JSONValue {
        let line = try await unwrapped(await lines.next(), "\(name) was not received")
        let json = try XCTUnwrap(try? JSONValue.parse(Array(line.utf8)), line)
        XCTAssertEqual(json["name"]?.string, name, line)
        return json
    }

    private func unwrapped(_ value: String?, _ message: String) async throws -> String {
        try XCTUnwrap(value, message)
    }
}
