import Bookings
import BookingsRuntime
import BookingsSQLite
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// Proxies that keep connections to the servers open and use them for the requests of many clients.
final class ProxyTests: XCTestCase {
    private static let provider = "11111111-1111-4111-8111-111111111111"
    private static let polling = "/socket.io/?EIO=4&transport=polling"
    private let start = SystemClock().now() + .seconds(7200)

    /// Counts outcomes.
    private final class Tally: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        var all: [String: Int] { counts.withLock { $0 } }
        func add(_ outcome: String) { counts.withLock { $0[outcome, default: 0] += 1 } }
        func add(_ kind: String, _ response: RawConnection.Response?) {
            add("\(kind) \(response?.status.description ?? "hung")")
        }
    }

    // MARK: - Plain requests, WebSockets and polling on the same connections

    func test_every_request_through_nginx_is_answered() async throws { try await mix(through: .nginx) }

    func test_every_request_through_haproxy_is_answered() async throws { try await mix(through: .haproxy([])) }

    func test_every_request_through_haproxy_with_http_reuse_always_is_answered() async throws {
        try await mix(through: .haproxy(["http-reuse always"]))
    }

    private func mix(through kind: ReverseProxy.Kind) async throws {
        let server = try await TestServer.start(["SOCKETIO_ANONYMOUS": "on"], in: TestServer.makeFolder())
        let proxy = try await ReverseProxy.start(kind, before: [server])
        let (tally, port) = (Tally(), proxy.port)
        await onThreads(8) { _ in
            for round in 0..<40 {
                Self.plain(port, tally)
                if round % 4 == 0 { Self.webSocket(port, tally) }
                if round % 8 == 0 { Self.poll(port, tally) }
            }
        }
        XCTAssertEqual(
            tally.all,
            [
                "get 200": 640, "refused 401": 320, "websocket 101": 80, "socket 40": 80, "open 200": 40,
                "connect 200": 40, "poll 200": 40, "close 200": 40,
            ])
        proxy.stop()
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }

    private static func exchange(
        _ kind: String, _ request: String, _ connection: RawConnection?, _ tally: Tally
    ) -> RawConnection.Response? {
        connection?.send(request)
        let response = connection?.response()
        tally.add(kind, response)
        return response
    }

    private static func plain(_ port: String, _ tally: Tally) {
        let connection = try? RawConnection(port: port)
        for _ in 0..<2 { _ = exchange("get", RawConnection.request("GET", "/health/live"), connection, tally) }
        _ = exchange("refused", RawConnection.request("GET", "/bookings"), connection, tally)
    }

    private static func webSocket(_ port: String, _ tally: Tally) {
        let connection = try? RawConnection(port: port)
        _ = exchange("websocket", RawConnection.handshake(), connection, tally)
        connection?.send(RawConnection.frame(1, Array("40".utf8)))
        _ = connection?.frame()
        tally.add("socket \(connection?.frame()?.text.prefix(2) ?? "hung")")
    }

    private static func poll(_ port: String, _ tally: Tally) {
        let opening = exchange("open", RawConnection.request("GET", polling), try? RawConnection(port: port), tally)
        let opened = try? JSONValue.parse(Array((opening?.body ?? "").utf8.dropFirst()))
        let session = polling + "&sid=" + (opened?["sid"]?.string ?? "")
        let connection = try? RawConnection(port: port)
        _ = exchange("connect", RawConnection.request("POST", session, body: "40"), connection, tally)
        _ = exchange("poll", RawConnection.request("GET", session), connection, tally)
        _ = exchange("close", RawConnection.request("POST", session, body: "1"), connection, tally)
    }

    // MARK: - Clients

    func test_the_official_client_receives_events_through_nginx() async throws {
        let server = try await TestServer.start(in: TestServer.makeFolder())
        let proxy = try await ReverseProxy.start(.nginx, before: [server])
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let token = try await server.token(Self.provider, "provider")
        for (round, transports) in ["polling", "polling,websocket", "websocket"].enumerated() {
            let listener = try ChildProcess(
                "/usr/bin/timeout", ["60", python, script, proxy.address, token, transports], in: server.folder)
            var events = listener.lines.makeAsyncIterator()
            let connected = await events.next()
            XCTAssertEqual(connected, #"{"name": "connect"}"#, transports)
            let made = try await server.send(
                "POST", "/bookings", as: server.token("root", "admin"),
                body: TestServer.bookingBody(Self.provider, from: start + .seconds(600 * round), lasting: .seconds(600))
            )
            let event = await events.next()
            XCTAssertEqual(event?.contains(made.string(at: "id")), true, "\(transports): \(event ?? "nothing")")
            listener.kill()
        }
        proxy.stop()
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }
}
