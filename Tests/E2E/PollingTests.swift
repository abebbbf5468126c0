import AsyncHTTPClient
import Bookings
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// HTTP long-polling of Engine.IO, with the official client and request by request.
final class PollingTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    private func book(_ number: Int, on server: TestServer) async throws -> String {
        let response = try await server.send(
            "POST", "/bookings", as: server.token("root", "admin"),
            body: TestServer.bookingBody(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
        XCTAssertEqual(response.status, 201, response.text)
        return response.string(at: "id")
    }

    func test_the_official_client_receives_events_by_polling_and_after_the_upgrade() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let token = try await server.token(provider, "provider")
        for (round, transports) in ["polling", "polling,websocket"].enumerated() {
            let listener = try ChildProcess(
                "/usr/bin/timeout", ["60", python, script, server.address, token, transports], in: server.folder)
            var events = listener.lines.makeAsyncIterator()
            let connected = await events.next()
            XCTAssertEqual(connected, #"{"name": "connect"}"#)
            let gauge = #"socketio_connections{transport="\#(round == 0 ? "polling" : "websocket")"} 1"#
            let isOpen = try await eventually { try await server.send("GET", "/metrics").text.contains(gauge) }
            XCTAssertTrue(isOpen, gauge)
            for number in 0..<5 {
                let id = try await book(round * 5 + number, on: server)
                let event = await events.next()
                XCTAssertEqual(event?.contains(id), true, event ?? "nothing")
            }
            listener.kill()
        }
        try await server.stop()
    }

    // MARK: - Request by request

    private let path = "/socket.io/?EIO=4&transport=polling"

    private func open(_ server: TestServer) async throws -> String {
        let opened = try await server.send("GET", path)
        XCTAssertEqual(opened.status, 200, opened.text)
        let json = try JSONValue.parse(Array(opened.text.dropFirst().utf8))
        guard case .array(let upgrades)? = json["upgrades"] else { return "" }
        XCTAssertEqual(upgrades, [.string("websocket")])
        return "\(path)&sid=\(json["sid"]?.string ?? "")"
    }

    func test_a_polling_session_from_its_handshake_to_its_close() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let session = try await open(server)
        let token = try await server.token(provider, "provider")
        let posted = try await server.send("POST", session, body: #"40{"token":"\#(token)"}"#)
        XCTAssertEqual([posted.text, "\(posted.status)"], ["ok", "200"])
        let connected = try await server.send("GET", session)
        XCTAssertTrue(connected.text.hasPrefix(#"40{"sid":""#), connected.text)
        let ids = [try await book(0, on: server), try await book(1, on: server)]
        var payloads = ""
        while !ids.allSatisfy(payloads.contains) { payloads += try await server.send("GET", session).text + "\u{1e}" }
        let packets = payloads.split(separator: "\u{1e}")
        XCTAssertEqual(packets.count, 2, payloads)
        XCTAssertTrue(packets.allSatisfy { $0.hasPrefix(#"42["booking.created",{"#) }, payloads)
        let closed = try await server.send("POST", session, body: "41\u{1e}1")
        XCTAssertEqual(closed.text, "ok")
        let noop = try await server.send("GET", session)
        XCTAssertEqual([noop.text, "\(noop.status)"], ["6", "200"])
        let gone = try await server.send("GET", session)
        XCTAssertEqual(gone.text, #"{"code":1,"message":"Session ID unknown"}"#)
        try await server.stop()
    }

    func test_two_simultaneous_polls_close_the_session() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let session = try await open(server)
        let (client, url) = (server.client, server.address + session)
        async let first = TestServer.send("GET", url, by: client)
        async let second = TestServer.send("GET", url, by: client)
        let responses = try await [first, second].sorted { $0.status < $1.status }
        XCTAssertEqual(responses.map(\.status), [200, 400])
        XCTAssertEqual(responses[0].text, "1")
        let gone = try await server.send("GET", session)
        XCTAssertEqual(gone.status, 400)
        try await server.stop()
    }

    func test_an_invalid_payload_closes_the_session_and_a_too_large_one_does_not() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let other = try await open(server)
        let large = try await server.send("POST", other, body: String(repeating: "4", count: 1_000_001))
        XCTAssertEqual(large.status, 413)
        let alive = try await server.send("POST", other, body: "3")
        XCTAssertEqual(alive.text, "ok")
        for (body, type) in [
            ("4abc", "text/plain"), ("", "text/plain"), ("3", "application/octet-stream"), ("2", "text/plain"),
        ] {
            let session = try await open(server)
            _ = try await server.send("POST", session, body: body, headers: ["Content-Type": type])
            let gone = try await server.send("POST", session, body: "3")
            XCTAssertEqual(gone.status, 400, "\(body) as \(type)")
        }
        let wrongMethod = try await server.send("PUT", path)
        XCTAssertEqual(wrongMethod.text, #"{"code":2,"message":"Bad handshake method"}"#)
        try await server.stop()
    }

    func test_a_shutdown_ends_a_waiting_poll() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let session = try await open(server)
        let (client, address) = (HTTPClient.shared, server.address)
        let poll = Task { try await TestServer.send("GET", address + session, by: client) }
        let isWaiting = try await eventually {
            try await server.send("GET", "/metrics").text.contains(#"socketio_connections{transport="polling"} 1"#)
        }
        XCTAssertTrue(isWaiting)
        let status = try await server.stop()
        XCTAssertEqual(status, 0)
        let released = try? await poll.value
        XCTAssertTrue(released == nil || released?.status == 400, released?.text ?? "")
    }
}
