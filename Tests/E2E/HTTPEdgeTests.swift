import Bookings
import BookingsHTTP
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// What clients and proxies send at HTTP's edges, byte by byte.
final class HTTPEdgeTests: XCTestCase {
    private let live = RawConnection.request("GET", "/health/live")
    private let start = SystemClock().now() + .seconds(7200)

    private func withServer(
        _ environment: [String: String] = [:], _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer.start(environment, in: TestServer.makeFolder())
        try await body(server)
        let live = try await server.send("GET", "/health/live")
        XCTAssertEqual(live.status, 200)
        let exit = try await server.stop()
        XCTAssertEqual(exit, 0)
    }

    /// Requests that a connection may have carried before; the status of each answer.
    private let before: [(bytes: String, statuses: [Int])] = [
        ("", []),
        (RawConnection.request("GET", "/health/live"), [200]),
        (RawConnection.request("POST", "/bookings", ["Content-Type: application/json"], body: "{}"), [401]),
        (
            RawConnection.request("POST", "/bookings", ["Transfer-Encoding: chunked"]) + "2\r\n{}\r\n0\r\n\r\n"
                + RawConnection.request("GET", "/health/live"),
            [401, 200]
        ),
    ]

    // MARK: - Upgrades

    func test_an_upgrade_is_served_wherever_it_stands_on_its_connection() async throws {
        try await withServer { server in
            for (bytes, statuses) in before {
                for isPipelined in [true, false] {
                    let connection = try server.connect()
                    connection.send(isPipelined ? bytes + RawConnection.handshake() : bytes)
                    for status in statuses { XCTAssertEqual(connection.answer()?.status, status) }
                    if !isPipelined { connection.send(RawConnection.handshake()) }
                    let answer = connection.answer()
                    XCTAssertEqual(answer?.status, 101, "behind \(statuses), pipelined: \(isPipelined)")
                    XCTAssertEqual(answer?["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                    XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
                }
            }
        }
    }

    func test_bytes_behind_a_handshake_are_the_web_sockets() async throws {
        try await withServer { server in
            let behind: [(bytes: [UInt8], isProtocol: Bool)] = [
                (RawConnection.frame(9, [1, 2, 3]), true), (Array("x".utf8), false), (Array("\r\n".utf8), false),
                (Array(live.utf8), false), ([0x89], false),
            ]
            for (first, statuses) in before {
                for (bytes, isProtocol) in behind {
                    let connection = try server.connect()
                    connection.send(Array((first + RawConnection.handshake()).utf8) + bytes)
                    for status in statuses { XCTAssertEqual(connection.answer()?.status, status) }
                    XCTAssertEqual(connection.answer()?.status, 101)
                    guard isProtocol else { continue }
                    let frames = [connection.frame(), connection.frame()]
                    XCTAssertTrue(frames.contains(RawConnection.Frame(opcode: 10, payload: [1, 2, 3])), "\(frames)")
                }
            }
        }
    }

    func test_a_connect_that_comes_with_its_handshake_is_answered_at_once() async throws {
        try await withServer(["SOCKETIO_ANONYMOUS": "on"]) { server in
            for (first, statuses) in before {
                let connection = try server.connect()
                connection.send(
                    Array((first + RawConnection.handshake()).utf8) + RawConnection.frame(1, Array("40".utf8)))
                for status in statuses { XCTAssertEqual(connection.answer()?.status, status) }
                XCTAssertEqual(connection.answer()?.status, 101)
                XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
                XCTAssertEqual(connection.frame()?.text.hasPrefix("40{"), true)
            }
        }
    }

    func test_a_refused_upgrade_is_answered_and_the_connection_goes_on_or_says_that_it_closes() async throws {
        try await withServer { server in
            let h2c = [
                "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
            ]
            let refused: [(bytes: String, statuses: Set<Int>)] = [
                (RawConnection.handshake(["Origin: https://elsewhere.example"]), [403]),
                (RawConnection.handshake(query: "&sid=nobody"), [400]),
                (RawConnection.handshake().replacingOccurrences(of: "Version: 13", with: "Version: 7"), [400, 426]),
                (RawConnection.request("GET", "/health/live", h2c), [200]),
                (RawConnection.request("GET", "/health/live", ["Upgrade: websocket", "Connection: Upgrade"]), [200]),
            ]
            for (bytes, statuses) in refused {
                for isPipelined in [true, false] {
                    let connection = try server.connect()
                    connection.send(isPipelined ? bytes + live : bytes)
                    let answer = try XCTUnwrap(connection.answer(), bytes)
                    XCTAssertTrue(statuses.contains(answer.status), "\(answer.status) to \(bytes)")
                    if answer.closes {
                        XCTAssertTrue(connection.ends(), bytes)
                    } else {
                        if !isPipelined { connection.send(live) }
                        XCTAssertEqual(connection.answer()?.status, 200, "behind \(bytes)")
                    }
                }
            }
        }
    }

    func test_refused_upgrades_in_one_packet_are_answered_and_the_next_one_is_served() async throws {
        try await withServer { server in
            let h2c = RawConnection.request(
                "GET", "/health/live", ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMA"])
            let refused = RawConnection.handshake(query: "&sid=nobody")
            for (bytes, statuses) in [
                (h2c + h2c, [200, 200]), (h2c + refused + live, [200, 400, 200]), (h2c + h2c + h2c, [200, 200, 200]),
            ] {
                for isPipelined in [true, false] {
                    let connection = try server.connect()
                    let last = Array(RawConnection.handshake().utf8) + RawConnection.frame(9, [7])
                    connection.send(Array(bytes.utf8) + (isPipelined ? last : []))
                    for status in statuses { XCTAssertEqual(connection.answer()?.status, status) }
                    if !isPipelined { connection.send(last) }
                    XCTAssertEqual(connection.answer()?.status, 101)
                    let frames = [connection.frame(), connection.frame()]
                    XCTAssertTrue(frames.contains(RawConnection.Frame(opcode: 10, payload: [7])), "\(frames)")
                }
            }
        }
    }

    func test_what_a_half_closed_client_sent_is_answered() async throws {
        try await withServer { server in
            let h2c = RawConnection.request(
                "GET", "/health/live", ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMA"])
            for bytes in [live + live + live, h2c + live + live, live + h2c + live, h2c + h2c + live] {
                for _ in 0..<20 {
                    let connection = try server.connect()
                    connection.send(bytes)
                    connection.endSending()
                    for _ in 0..<3 { XCTAssertEqual(connection.answer()?.status, 200, bytes) }
                    XCTAssertTrue(connection.ends())
                }
            }
        }
    }

    func test_extensions_are_not_taken_and_the_first_subprotocol_is() async throws {
        try await withServer { server in
            let connection = try server.connect()
            connection.send(
                RawConnection.handshake([
                    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                    "Sec-WebSocket-Protocol: first, second",
                ]))
            let answer = connection.answer()
            XCTAssertEqual(answer?.status, 101)
            XCTAssertNil(answer?["sec-websocket-extensions"])
            XCTAssertEqual(answer?["sec-websocket-protocol"], "first")
        }
    }

    // MARK: - Connections

    func test_a_connection_ends_when_its_client_wants_it_to() async throws {
        try await withServer { server in
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
                    let answer = try XCTUnwrap(connection.answer(), name)
                    XCTAssertEqual(answer.status, 200, name)
                    XCTAssertEqual(answer.closes, closes && version == "1.1" || answer.closes && closes, name)
                    if closes {
                        XCTAssertTrue(connection.ends(), name)
                    } else {
                        if version == "1.0" { XCTAssertEqual(answer["connection"]?.lowercased(), "keep-alive", name) }
                        connection.send(live)
                        XCTAssertEqual(connection.answer()?.status, 200, name)
                    }
                }
            }
        }
    }

    func test_apache_bench_ends_with_and_without_keep_alive() async throws {
        try await withServer { server in
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

    func test_a_stream_is_chunked_to_http_11_alone_and_not_buffered_by_proxies() async throws {
        try await withServer { server in
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
                    body: TestServer.wish(
                        "11111111-1111-4111-8111-111111111111", from: start + .seconds(version == "1.0" ? 0 : 600),
                        lasting: .seconds(600)))
                XCTAssertEqual(made.status, 201)
                let text = connection.text(until: made.text(at: "id"))
                XCTAssertTrue(text.contains("event: booking.created"), text)
            }
        }
    }

    func test_http_10_is_not_upgraded() async throws {
        try await withServer { server in
            let connection = try server.connect()
            connection.send(RawConnection.handshake().replacingOccurrences(of: "HTTP/1.1", with: "HTTP/1.0"))
            XCTAssertEqual(connection.answer()?.status, 400)
            XCTAssertTrue(connection.ends())
        }
    }

    // MARK: - Requests

    func test_heads_that_are_not_served_are_problems() async throws {
        try await withServer { server in
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
                let answer = connection.answer()
                if status >= 405, status != 414, status != 431 {
                    XCTAssertTrue([405, 501].contains(answer?.status), "\(name): \(answer?.status ?? 0)")
                } else {
                    XCTAssertEqual(answer?.status, status, name)
                }
                XCTAssertEqual(answer?["content-type"], "application/problem+json", name)
                XCTAssertNotNil(answer?["x-request-id"], name)
            }
            let connection = try server.connect()
            connection.send(head("GET /health/live HTTP/1.0", ""))
            XCTAssertEqual(connection.answer()?.status, 200)
            let large = try server.connect()
            large.send(head("GET /health/live HTTP/1.1", "Host: a\r\nX: \(String(repeating: filler, count: 20))\r\n"))
            XCTAssertEqual(large.answer()?.status, 200)
        }
    }

    func test_a_committed_booking_is_answered_201_whatever_stands_behind_it() async throws {
        try await withServer { server in
            let token = try await server.token("root", "admin")
            let behind = ["", "x", "\r\n\r\n", "\0\0", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", live, "GET /he"]
            var number = 0
            for tail in behind {
                for fields in [[], ["Connection: close"]] {
                    number += 1
                    let wish = TestServer.wish(
                        "11111111-1111-4111-8111-111111111111", from: start + .seconds(600 * number),
                        lasting: .seconds(600))
                    let connection = try server.connect()
                    connection.send(
                        RawConnection.request(
                            "POST", "/bookings",
                            ["Authorization: Bearer \(token)", "Content-Type: application/json"] + fields, body: wish)
                            + tail)
                    XCTAssertEqual(connection.answer()?.status, 201, "\(fields) before \(tail.debugDescription)")
                    if !fields.isEmpty { XCTAssertTrue(connection.ends(), tail.debugDescription) }
                }
            }
        }
    }

    func test_requests_before_a_lot_of_garbage_are_answered() async throws {
        try await withServer { server in
            let garbage = String(repeating: "\u{1}garbage", count: 20_000)
            let fields = String(repeating: "X: y\r\n", count: 20_000)
            for (tail, status) in [("nonsense\r\n" + garbage, 400), ("GET / HTTP/1.1\r\nHost: a\r\n" + fields, 431)] {
                let connection = try server.connect()
                connection.send(live + live + live + tail)
                for _ in 0..<3 { XCTAssertEqual(connection.answer()?.status, 200) }
                XCTAssertEqual(connection.answer()?.status, status)
                XCTAssertTrue(connection.ends())
            }
        }
    }

    func test_percent_encoded_unreserved_characters_in_a_path_are_equal_to_plain_ones() async throws {
        try await withServer { server in
            for (path, status) in [
                ("/%62ookings", 401), ("/%68ealth/live", 200), ("/health%2Flive", 404), ("/health/l%69v%65", 200),
            ] {
                let connection = try server.connect()
                connection.send(RawConnection.request("GET", path))
                XCTAssertEqual(connection.answer()?.status, status, path)
            }
        }
    }
}
