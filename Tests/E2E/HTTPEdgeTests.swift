import Bookings
import BookingsHTTP
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Edge cases of HTTP/1 that clients and proxies cause, byte by byte.
final class HTTPEdgeTests: XCTestCase {
    private let live = RawConnection.request("GET", "/health/live")
    private let start = SystemClock().now() + .seconds(7200)

    // MARK: - Connections

    func test_the_connection_header_and_the_version_decide_whether_a_connection_persists() async throws {
        try await TestServer.withServer { server in
            let table: [(version: String, connection: String?, closes: Bool)] = [
                ("1.1", nil, false), ("1.1", "keep-alive", false), ("1.1", "TE", false), ("1.1", "close", true),
                ("1.1", "Close", true), ("1.1", "close, TE", true), ("1.1", "TE,CLOSE", true),
                ("1.1", "keep-alive, close", true), ("1.0", nil, true), ("1.0", "close", true), ("1.0", "TE", true),
                ("1.0", "keep-alive", false), ("1.0", "Keep-Alive", false),
            ]
            for path in ["/health/live", "/openapi.json"] {
                for (version, value, closes) in table {
                    let name = "\(path) HTTP/\(version) Connection: \(value ?? "none")"
                    let connection = try server.connect()
                    let field = value.map { "Connection: \($0)\r\n" } ?? ""
                    connection.send("GET \(path) HTTP/\(version)\r\nHost: a\r\n\(field)\r\n")
                    let response = try XCTUnwrap(connection.response(), name)
                    XCTAssertEqual(response.status, 200, name)
                    XCTAssertEqual(response.closes, closes && version == "1.1" || response.closes && closes, name)
                    if closes {
                        XCTAssertTrue(connection.ends(), name)
                    } else {
                        if version == "1.0" { XCTAssertEqual(response["connection"]?.lowercased(), "keep-alive", name) }
                        connection.send(live)
                        XCTAssertEqual(connection.response()?.status, 200, name)
                    }
                }
            }
        }
    }

    func test_apache_bench_succeeds_with_and_without_keep_alive() async throws {
        try await TestServer.withServer { server in
            for option in [["-k"], []] {
                let bench = try ChildProcess(
                    "/usr/bin/timeout",
                    ["30", "/usr/bin/ab", "-q", "-n", "200", "-c", "4"] + option + ["\(server.address)/health/live"],
                    in: server.folder)
                var lines: [String] = []
                for await line in bench.lines { lines.append(line) }
                XCTAssertEqual(bench.exitStatus(), 0, lines.joined(separator: "\n"))
                let failed = lines.first { $0.hasPrefix("Failed requests:") }
                XCTAssertEqual(failed?.split(separator: " ").last, "0")
                let complete = lines.first { $0.hasPrefix("Complete requests:") }
                XCTAssertEqual(complete?.split(separator: " ").last, "200")
            }
        }
    }

    func test_a_stream_is_chunked_for_http_1_1_only_and_disables_proxy_buffering() async throws {
        try await TestServer.withServer { server in
            let token = try await server.token("root", "admin")
            for version in ["1.0", "1.1"] {
                let connection = try server.connect()
                connection.send(
                    "GET /events HTTP/\(version)\r\nHost: a\r\nAccept: text/event-stream\r\n"
                        + "Authorization: Bearer \(token)\r\n\r\n")
                let head = connection.text(until: "\r\n\r\n").lowercased()
                XCTAssertTrue(head.hasPrefix("http/1.1 200"), head)
                XCTAssertEqual(head.contains("transfer-encoding: chunked"), version == "1.1", head)
                XCTAssertTrue(head.contains("x-accel-buffering: no"), head)
                let made = try await server.send(
                    "POST", "/bookings", as: token,
                    body: TestServer.bookingBody(
                        "11111111-1111-4111-8111-111111111111", from: start + .seconds(version == "1.0" ? 0 : 600),
                        lasting: .seconds(600)))
                XCTAssertEqual(made.status, 201)
                let text = connection.text(until: made.string(at: "id"))
                XCTAssertTrue(text.contains("event: booking.created"), text)
            }
        }
    }

    func test_an_http_1_0_request_is_not_upgraded() async throws {
        try await TestServer.withServer { server in
            let connection = try server.connect()
            connection.send(RawConnection.handshake().replacingOccurrences(of: "HTTP/1.1", with: "HTTP/1.0"))
            XCTAssertEqual(connection.response()?.status, 400)
            XCTAssertTrue(connection.ends())
        }
    }

    // MARK: - Requests

    func test_invalid_heads_are_answered_with_problems() async throws {
        try await TestServer.withServer { server in
            let filler = String(repeating: "a", count: 1000)
            func head(_ first: String, _ fields: String = "Host: a\r\n") -> String { "\(first)\r\n\(fields)\r\n" }
            let table: [(name: String, bytes: String, status: Int)] = [
                ("no Host", head("GET /health/live HTTP/1.1", ""), 400),
                ("two Hosts", head("GET /health/live HTTP/1.1", "Host: a\r\nHost: b\r\n"), 400),
                ("a target of 10 KB", head("GET /\(String(repeating: filler, count: 10)) HTTP/1.1"), 414),
                ("a target of 100 KB", head("GET /\(String(repeating: filler, count: 100)) HTTP/1.1"), 414),
                (
                    "a field of 40 KB",
                    head("GET / HTTP/1.1", "Host: a\r\nX: \(String(repeating: filler, count: 40))\r\n"), 431
                ),
                (
                    "40 KB of fields",
                    head("GET / HTTP/1.1", "Host: a\r\n" + String(repeating: "X-Filler: \(filler)\r\n", count: 40)), 431
                ),
                ("FOO", head("FOO /bookings HTTP/1.1"), 501), ("get", head("get /bookings HTTP/1.1"), 501),
                ("PROPFIND", head("PROPFIND /bookings HTTP/1.1"), 405),
                ("TRACE", head("TRACE /bookings HTTP/1.1"), 405),
            ]
            for (name, bytes, status) in table {
                let connection = try server.connect()
                connection.send(bytes)
                let response = connection.response()
                if status >= 405, status != 414, status != 431 {
                    XCTAssertTrue([405, 501].contains(response?.status), "\(name): \(response?.status ?? 0)")
                } else {
                    XCTAssertEqual(response?.status, status, name)
                }
                XCTAssertEqual(response?["content-type"], "application/problem+json", name)
                XCTAssertNotNil(response?["x-request-id"], name)
            }
            let connection = try server.connect()
            connection.send(head("GET /health/live HTTP/1.0", ""))
            XCTAssertEqual(connection.response()?.status, 200)
            let large = try server.connect()
            large.send(head("GET /health/live HTTP/1.1", "Host: a\r\nX: \(String(repeating: filler, count: 20))\r\n"))
            XCTAssertEqual(large.response()?.status, 200)
        }
    }

    func test_a_committed_booking_is_answered_201_whatever_bytes_follow() async throws {
        try await TestServer.withServer { server in
            let token = try await server.token("root", "admin")
            let tails = ["", "x", "\r\n\r\n", "\0\0", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", live, "GET /he"]
            var number = 0
            for tail in tails {
                for fields in [[], ["Connection: close"]] {
                    number += 1
                    let requestBody = TestServer.bookingBody(
                        "11111111-1111-4111-8111-111111111111", from: start + .seconds(600 * number),
                        lasting: .seconds(600))
                    let connection = try server.connect()
                    connection.send(
                        RawConnection.request(
                            "POST", "/bookings",
                            ["Authorization: Bearer \(token)", "Content-Type: application/json"] + fields,
                            body: requestBody)
                            + tail)
                    XCTAssertEqual(connection.response()?.status, 201, "\(fields) before \(tail.debugDescription)")
                    if !fields.isEmpty { XCTAssertTrue(connection.ends(), tail.debugDescription) }
                }
            }
        }
    }

    func test_requests_before_garbage_are_answered() async throws {
        try await TestServer.withServer { server in
            let garbage = String(repeating: "\u{1}garbage", count: 20_000)
            let fields = String(repeating: "X: y\r\n", count: 20_000)
            for (tail, status) in [("nonsense\r\n" + garbage, 400), ("GET / HTTP/1.1\r\nHost: a\r\n" + fields, 431)] {
                let connection = try server.connect()
                connection.send(live + live + live + tail)
                for _ in 0..<3 { XCTAssertEqual(connection.response()?.status, 200) }
                XCTAssertEqual(connection.response()?.status, status)
                XCTAssertTrue(connection.ends())
            }
        }
    }

    func test_percent_encoded_unreserved_characters_in_a_path_match_plain_ones() async throws {
        try await TestServer.withServer { server in
            for (path, status) in [
                ("/%62ookings", 401), ("/%68ealth/live", 200), ("/health%2Flive", 404), ("/health/l%69v%65", 200),
            ] {
                let connection = try server.connect()
                connection.send(RawConnection.request("GET", path))
                XCTAssertEqual(connection.response()?.status, status, path)
            }
        }
    }
}
