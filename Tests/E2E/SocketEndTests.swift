import Bookings
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// How WebSockets and polls end: by a close frame, by bytes that are not a frame, and when their client disconnects.
final class SocketEndTests: XCTestCase {
    private let live = RawConnection.request("GET", "/health/live")

    func test_bytes_after_a_handshake_that_are_not_a_frame_close_the_web_socket() async throws {
        try await TestServer.withServer { server in
            for bytes in ["\r\n", live + live + live] {
                let connection = try server.connect()
                connection.send(RawConnection.handshake() + bytes)
                XCTAssertEqual(connection.response()?.status, 101)
                XCTAssertTrue(connection.ends(), bytes)
            }
        }
    }

    func test_a_close_frame_is_answered_with_the_same_code() async throws {
        try await TestServer.withServer { server in
            for code: UInt16 in [1000, 1001, 3000, 4999] {
                let connection = try server.connect()
                let payload = [UInt8(code >> 8), UInt8(code & 255)]
                connection.send(RawConnection.handshake())
                XCTAssertEqual(connection.response()?.status, 101)
                XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
                connection.send(RawConnection.frame(8, payload + Array("bye".utf8)))
                XCTAssertEqual(connection.frame()?.payload.prefix(2), payload[...])
                XCTAssertTrue(connection.ends())
            }
        }
    }

    // MARK: - Clients that disconnect

    /// The end is noticed at once, not by the next ping after 25 s.
    func test_polls_and_web_sockets_end_when_their_client_disconnects() async throws {
        try await TestServer.withServer(["SOCKETIO_ANONYMOUS": "on"]) { server in
            for transport in ["websocket", "polling"] {
                for isHalf in [false, true] {
                    var connections = try (0..<20).map { _ in
                        try transport == "polling" ? waitingPoll(server) : openSocket(server)
                    }
                    let gauge = #"socketio_connections{transport="\#(transport)"}"#
                    let areOpen = try await eventually { try await server.metric(gauge) == 20 }
                    XCTAssertTrue(areOpen, gauge)
                    let begun = ContinuousClock.now
                    if isHalf { for connection in connections { connection.endSending() } } else { connections = [] }
                    let areGone = try await eventually { try await server.metric(gauge) ?? 0 == 0 }
                    XCTAssertTrue(areGone, "\(gauge), half-closed: \(isHalf)")
                    print("\(transport), half-closed \(isHalf): gone after \(ContinuousClock.now - begun)")
                    connections = []
                }
            }
        }
    }

    private func openSocket(_ server: TestServer) throws -> RawConnection {
        let connection = try server.connect()
        connection.send(RawConnection.handshake())
        XCTAssertEqual(connection.response()?.status, 101)
        connection.send(RawConnection.frame(1, Array("40".utf8)))
        XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
        XCTAssertEqual(connection.frame()?.text.hasPrefix("40{"), true)
        return connection
    }

    private func waitingPoll(_ server: TestServer) throws -> RawConnection {
        let path = "/socket.io/?EIO=4&transport=polling"
        let opening = try server.connect()
        opening.send(RawConnection.request("GET", path))
        let opened = try JSONValue.parse(Array((opening.response()?.body ?? "").utf8.dropFirst()))
        let session = path + "&sid=" + (opened["sid"]?.string ?? "")
        let posting = try server.connect()
        posting.send(RawConnection.request("POST", session, body: "40"))
        XCTAssertEqual(posting.response()?.body, "ok")
        let connection = try server.connect()
        connection.send(RawConnection.request("GET", session))
        XCTAssertEqual(connection.response()?.body.hasPrefix("40{"), true)
        connection.send(RawConnection.request("GET", session))
        return connection
    }
}
