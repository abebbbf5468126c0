import Bookings
import BookingsRuntime
import XCTest

@testable import SimulationKit

/// `GET /events` as a live stream, read by curl.
final class EventStreamTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    private func listen(_ server: TestServer, as token: String, _ headers: String...) throws -> ChildProcess {
        let given = ["Authorization: Bearer \(token)", "Accept: text/event-stream"] + headers
        return try ChildProcess(
            "/usr/bin/curl",
            ["-sSN", "--max-time", "60", server.address + "/events"] + given.flatMap { ["-H", $0] }, in: server.folder)
    }

    /// Returns the fields of the next event by their names.
    private func event(_ lines: inout AsyncStream<String>.Iterator) async -> [String: String] {
        var fields: [String: String] = [:]
        while let line = await lines.next() {
            if line.isEmpty, !fields.isEmpty { return fields }
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { continue }
            fields[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
        }
        return fields
    }

    private func book(_ server: TestServer, _ slot: Int, as token: String) async throws -> String {
        let requestBody = TestServer.bookingBody(provider, from: start + .seconds(600 * slot), lasting: .seconds(600))
        return try await server.send("POST", "/bookings", as: token, body: requestBody).string(at: "id")
    }

    func test_a_stream_starts_at_the_present_and_resumes_after_the_last_event_id() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let token = try await server.token(provider, "provider")
        _ = try await book(server, 0, as: token)
        let stream = try listen(server, as: token)
        var lines = stream.lines.makeAsyncIterator()
        let opened = await lines.next()
        XCTAssertEqual(opened, ":")
        let second = try await book(server, 1, as: token)
        let received = await event(&lines)
        XCTAssertEqual(received["event"], "booking.created")
        let data = try JSONValue.parse(Array((received["data"] ?? "").utf8))
        XCTAssertEqual(data["id"]?.string, second)
        XCTAssertEqual(data["event"]?["cursor"]?.string, received["id"])
        stream.kill()

        let third = try await book(server, 2, as: token)
        let resumed = try listen(server, as: token, "Last-Event-ID: \(received["id"] ?? "")")
        lines = resumed.lines.makeAsyncIterator()
        let missed = await event(&lines)
        XCTAssertEqual(missed["data"]?.contains(third), true, "\(missed)")
        let status = try await server.stop()
        XCTAssertEqual(status, 0)
        XCTAssertEqual(resumed.exitStatus(), 0)
    }

    func test_a_stream_has_only_events_of_its_scope_and_ends_when_its_token_expires() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let granted = try await server.send(
            "POST", "/auth/token",
            body: #"{"sub":"99999999-9999-4999-8999-999999999999","roles":["provider"],"ttl_seconds":3}"#)
        let stream = try listen(server, as: granted.string(at: "access_token"))
        var lines = stream.lines.makeAsyncIterator()
        let opened = await lines.next()
        XCTAssertEqual(opened, ":")
        _ = try await book(server, 0, as: server.token(provider, "provider"))
        let nothing = await event(&lines)
        XCTAssertEqual(nothing, [:])
        XCTAssertEqual(stream.exitStatus(), 0)
        try await server.stop()
    }

    func test_an_invalid_last_event_id_is_rejected() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let response = try await server.send(
            "GET", "/events", as: server.token("admin", "admin"),
            headers: ["Accept": "text/event-stream", "Last-Event-ID": "forged"])
        XCTAssertEqual(response.status, 400)
        XCTAssertTrue(response.text.contains("/header/last-event-id"), response.text)
        try await server.stop()
    }
}
