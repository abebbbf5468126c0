import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Upgrades to WebSocket, accepted and refused, at any point of a connection.
final class HTTPUpgradeTests: XCTestCase {
    private let live = RawConnection.request("GET", "/health/live")

    /// Requests that precede an upgrade on its connection, with the statuses of their responses.
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

    func test_an_upgrade_is_accepted_after_any_earlier_requests() async throws {
        try await TestServer.withServer { server in
            for (bytes, statuses) in before {
                for isPipelined in [true, false] {
                    let connection = try server.connect()
                    connection.send(isPipelined ? bytes + RawConnection.handshake() : bytes)
                    for status in statuses { XCTAssertEqual(connection.response()?.status, status) }
                    if !isPipelined { connection.send(RawConnection.handshake()) }
                    let response = connection.response()
                    XCTAssertEqual(response?.status, 101, "after \(statuses), pipelined: \(isPipelined)")
                    XCTAssertEqual(response?["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                    XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
                }
            }
        }
    }

    func test_bytes_after_a_handshake_are_read_as_frames() async throws {
        try await TestServer.withServer { server in
            let tails: [(bytes: [UInt8], isFrame: Bool)] = [
                (RawConnection.frame(9, [1, 2, 3]), true), (Array("x".utf8), false), (Array("\r\n".utf8), false),
                (Array(live.utf8), false), ([0x89], false),
            ]
            for (first, statuses) in before {
                for (bytes, isFrame) in tails {
                    let connection = try server.connect()
                    connection.send(Array((first + RawConnection.handshake()).utf8) + bytes)
                    for status in statuses { XCTAssertEqual(connection.response()?.status, status) }
                    XCTAssertEqual(connection.response()?.status, 101)
                    guard isFrame else { continue }
                    let frames = [connection.frame(), connection.frame()]
                    XCTAssertTrue(frames.contains(RawConnection.Frame(opcode: 10, payload: [1, 2, 3])), "\(frames)")
                }
            }
        }
    }

    func test_a_connect_packet_sent_with_the_handshake_is_answered() async throws {
        try await TestServer.withServer(["SOCKETIO_ANONYMOUS": "on"]) { server in
            for (first, statuses) in before {
                let connection = try server.connect()
                connection.send(
                    Array((first + RawConnection.handshake()).utf8) + RawConnection.frame(1, Array("40".utf8)))
                for status in statuses { XCTAssertEqual(connection.response()?.status, status) }
                XCTAssertEqual(connection.response()?.status, 101)
                XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
                XCTAssertEqual(connection.frame()?.text.hasPrefix("40{"), true)
            }
        }
    }

    func test_after_a_refused_upgrade_the_connection_persists_or_announces_its_close() async throws {
        try await TestServer.withServer { server in
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
                    let response = try XCTUnwrap(connection.response(), bytes)
                    XCTAssertTrue(statuses.contains(response.status), "\(response.status) to \(bytes)")
                    if response.closes {
                        XCTAssertTrue(connection.ends(), bytes)
                    } else {
                        if !isPipelined { connection.send(live) }
                        XCTAssertEqual(connection.response()?.status, 200, "after \(bytes)")
                    }
                }
            }
        }
    }

    func test_an_upgrade_is_accepted_after_refused_ones_in_the_same_packet() async throws {
        try await TestServer.withServer { server in
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
                    for status in statuses { XCTAssertEqual(connection.response()?.status, status) }
                    if !isPipelined { connection.send(last) }
                    XCTAssertEqual(connection.response()?.status, 101)
                    let frames = [connection.frame(), connection.frame()]
                    XCTAssertTrue(frames.contains(RawConnection.Frame(opcode: 10, payload: [7])), "\(frames)")
                }
            }
        }
    }

    func test_requests_of_a_half_closed_client_are_answered() async throws {
        try await TestServer.withServer { server in
            let h2c = RawConnection.request(
                "GET", "/health/live", ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMA"])
            for bytes in [live + live + live, h2c + live + live, live + h2c + live, h2c + h2c + live] {
                for _ in 0..<20 {
                    let connection = try server.connect()
                    connection.send(bytes)
                    connection.endSending()
                    for _ in 0..<3 { XCTAssertEqual(connection.response()?.status, 200, bytes) }
                    XCTAssertTrue(connection.ends())
                }
            }
        }
    }

    func test_extensions_are_declined_and_the_first_subprotocol_is_accepted() async throws {
        try await TestServer.withServer { server in
            let connection = try server.connect()
            connection.send(
                RawConnection.handshake([
                    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                    "Sec-WebSocket-Protocol: first, second",
                ]))
            let response = connection.response()
            XCTAssertEqual(response?.status, 101)
            XCTAssertNil(response?["sec-websocket-extensions"])
            XCTAssertEqual(response?["sec-websocket-protocol"], "first")
        }
    }
}
