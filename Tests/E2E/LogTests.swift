import Bookings
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// What a server logs, at its most detailed level.
final class LogTests: XCTestCase {
    /// A word that must not appear in any log line, in each place where a client or an operator can put one.
    private static let canary = "canary7f3"
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let customer = "\(canary)@example.org"
    private let start = SystemClock().now() + .seconds(7200)

    private func environment(_ database: String) -> [String: String] {
        [
            "LOG_REQUESTS": "on", "LOG_LEVEL": "trace", "DATABASE_URL": database, "CUSTOMER_ACCESS": "own",
            "JWT_SECRET": "\(Self.canary), the secret that signs the tokens of this test",
            // Nothing answers there: failures are logged as well.
            "REDIS_URL": "redis://\(Self.canary):\(Self.canary)@127.0.0.1:1/0",
            "JWT_JWKS_URL": "http://\(Self.canary):\(Self.canary)@127.0.0.1:1/\(Self.canary)",
        ]
    }

    /// Sends requests that succeed and requests that fail in every layer, with the canary in all that they carry.
    private func sendRequests(to server: TestServer) async throws {
        let canary = Self.canary
        let headers = [
            "Cookie": "session=\(canary)", "User-Agent": canary, "Referer": "http://\(canary)/", "X-Other": canary,
            "Idempotency-Key": canary, "tracestate": "vendor=\(canary)", "If-None-Match": "\"\(canary)\"",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ]
        let tokens = [
            try await server.token(customer, "customer"), try await server.token(canary, "admin"),
            canary,
        ]
        let bodies = [
            TestServer.bookingBody(provider, from: start, lasting: .seconds(600)), #"{"\#(canary)":"\#(canary)"}"#,
            canary,
        ]
        for token in tokens {
            for body in bodies {
                _ = try await server.send("POST", "/bookings?q=\(canary)", as: token, body: body, headers: headers)
            }
            for path in [
                "/bookings/\(canary)", "/bookings/upcoming?cursor=\(canary)", "/bookings?customer_id=\(customer)",
                "/\(canary)", "/events?after=\(canary)",
            ] {
                _ = try await server.send("GET", path, as: token, headers: headers)
            }
        }
        let credentials = #"{"sub":"\#(canary)","roles":["\#(canary)"]}"#
        _ = try await server.send("POST", "/auth/token", body: credentials, headers: headers)
    }

    /// Sends bytes that no HTTP client sends, and what a Socket.IO client sends.
    private func sendRawRequests(to server: TestServer) async throws {
        for bytes in [
            "\(Self.canary)\r\n\r\n", RawConnection.request(Self.canary, "/\(Self.canary)"),
            "GET /\(Self.canary) HTTP/1.1\r\nHost: \(Self.canary)\r\n\(Self.canary): a\r\n :\r\n\r\n",
        ] {
            let connection = try server.connect()
            connection.send(bytes)
            _ = connection.response()
        }
        for token in [try await server.token(customer, "customer"), Self.canary] {
            let socket = try server.connect()
            socket.send(RawConnection.handshake(["Cookie: \(Self.canary)"], query: "&token=\(Self.canary)"))
            XCTAssertEqual(socket.response()?.status, 101)
            _ = socket.frame()
            // Polling, since the frames of a test's WebSocket are too short for a CONNECT with a token.
            let path = "/socket.io/?EIO=4&transport=polling"
            let opened = try await server.send("GET", path)
            let session = try JSONValue.parse(Array(opened.text.dropFirst().utf8))["sid"]?.string ?? ""
            for packet in [#"40{"token":"\#(token)"}"#, #"42["\#(Self.canary)"]"#, Self.canary] {
                _ = try await server.send("POST", "\(path)&sid=\(session)", body: packet)
            }
        }
    }

    private func logOfServer(on database: String) async throws -> [String] {
        let server = try await TestServer.start(environment(database), in: TestServer.makeFolder())
        try await sendRequests(to: server)
        try await sendRawRequests(to: server)
        server.signal(SIGTERM)
        let exit = try await server.exit()
        XCTAssertEqual(exit.status, 0)
        return exit.log
    }

    private func check(_ log: [String]) throws {
        for line in log { XCTAssertFalse(line.lowercased().contains(Self.canary), line) }
        let requests = try log.map { try JSONValue.parse(Array($0.utf8)) }
            .filter { $0["message"]?.string == "Request." }
        XCTAssertGreaterThan(requests.count, 30, log.joined(separator: "\n"))
        let created = try XCTUnwrap(
            requests.first { $0["status"]?.double == 201 && $0["route"]?.string == "/bookings" },
            log.joined(separator: "\n"))
        XCTAssertEqual(created["level"]?.string, "info")
        XCTAssertEqual(created["method"]?.string, "POST")
        XCTAssertEqual(created["trace_id"]?.string, "0af7651916cd43dd8448eb211c80319c")
        XCTAssertNotNil(created["duration_ms"]?.double)
        XCTAssertNotNil(created["request_id"]?.string)
        let subject = try XCTUnwrap(created["subject"]?.string)
        XCTAssertNotNil(subject.wholeMatch(of: /[0-9a-f]{32}/), subject)
        // The same subject has the same hash, and another one another.
        let hashes = Set(requests.compactMap { $0["subject"]?.string })
        XCTAssertEqual(hashes.count, 2, "\(hashes)")
    }

    func test_no_line_holds_a_token_a_secret_or_personal_data_with_the_embedded_store() async throws {
        try check(try await logOfServer(on: "sqlite:./bookings.sqlite"))
    }

    func test_no_line_holds_a_token_a_secret_or_personal_data_with_postgresql() async throws {
        let database = try await EphemeralServices.freshDatabase()
        let separator = database.contains("?") ? "&" : "?"
        try check(try await logOfServer(on: "\(database)\(separator)password=\(Self.canary)"))
    }
}
