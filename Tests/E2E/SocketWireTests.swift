import Bookings
import Foundation
import TestSupport
import XCTest

/// Facts of Engine.IO and Socket.IO on the wire that official clients rely on, seen by raw clients.
final class SocketWireTests: XCTestCase {
    private let polling = "/socket.io/?EIO=4&transport=polling"

    /// Opens a long-polling session, and returns the path of its requests.
    private func open(_ server: TestServer, connect: String? = nil) throws -> String {
        let opening = try server.connect()
        opening.send(RawConnection.request("GET", polling))
        let opened = try JSONValue.parse(Array((opening.response()?.body ?? "").utf8.dropFirst()))
        let session = polling + "&sid=" + (opened["sid"]?.string ?? "")
        guard let connect else { return session }
        XCTAssertEqual(try post(connect, to: session, server)?.body, "ok")
        XCTAssertEqual(try get(session, server)?.body.hasPrefix("40{"), true)
        return session
    }

    private func post(_ body: String, to session: String, _ server: TestServer) throws -> RawConnection.Response? {
        let connection = try server.connect()
        connection.send(RawConnection.request("POST", session, body: body))
        return connection.response()
    }

    private func get(_ session: String, _ server: TestServer) throws -> RawConnection.Response? {
        let connection = try server.connect()
        connection.send(RawConnection.request("GET", session))
        return connection.response()
    }

    private func openWebSocket(_ server: TestServer, as token: String? = nil) throws -> RawConnection {
        let connection = try server.connect()
        connection.send(RawConnection.handshake(token.map { ["Authorization: Bearer \($0)"] } ?? []))
        XCTAssertEqual(connection.response()?.status, 101)
        XCTAssertEqual(connection.frame()?.text.hasPrefix("0{"), true)
        connection.send(RawConnection.frame(1, Array("40".utf8)))
        XCTAssertEqual(connection.frame()?.text.hasPrefix("40{"), true)
        return connection
    }

    func test_a_close_that_overtakes_the_poll_has_it_answered_without_a_close_packet() async throws {
        try await TestServer.withServer { server in
            let session = try open(server)
            XCTAssertEqual(try post("1", to: session, server)?.body, "ok")
            let overtaken = try get(session, server)
            XCTAssertEqual(overtaken?.status, 200)
            XCTAssertEqual(overtaken?.body, "6")
            XCTAssertEqual(try get(session, server)?.body, #"{"code":1,"message":"Session ID unknown"}"#)
        }
    }

    func test_a_page_may_send_its_own_headers_to_socket_io_alone() async throws {
        try await TestServer.withServer(["FRONTEND_URL": "https://pages.example"]) { server in
            func preflight(_ path: String, _ origin: String) throws -> RawConnection.Response? {
                let connection = try server.connect()
                connection.send(
                    RawConnection.request(
                        "OPTIONS", path,
                        [
                            "Origin: \(origin)", "Access-Control-Request-Method: GET",
                            "Access-Control-Request-Headers: x-tenant,authorization",
                        ]))
                return connection.response()
            }
            let allowed = try preflight(polling, "https://pages.example")
            XCTAssertEqual(allowed?.status, 204)
            XCTAssertEqual(allowed?["access-control-allow-headers"], "x-tenant,authorization")
            XCTAssertEqual(allowed?["access-control-allow-origin"], "https://pages.example")
            let foreign = try preflight(polling, "https://other.example")
            XCTAssertNil(foreign?["access-control-allow-origin"])
            XCTAssertNotEqual(foreign?["access-control-allow-headers"], "x-tenant,authorization")
            let bookings = try preflight("/bookings", "https://pages.example")
            XCTAssertNotEqual(bookings?["access-control-allow-headers"], "x-tenant,authorization")
        }
    }

    func test_a_handshake_is_answered_with_the_first_subprotocol_that_is_offered() async throws {
        try await TestServer.withServer { server in
            let connection = try server.connect()
            connection.send(RawConnection.handshake(["Sec-WebSocket-Protocol: second-to-none, other"]))
            let response = connection.response()
            XCTAssertEqual(response?.status, 101)
            XCTAssertEqual(response?["sec-websocket-protocol"], "second-to-none")
        }
    }

    // MARK: - Ends after which each official client reconnects by itself

    func test_an_expired_token_ends_a_web_socket_without_a_close_frame_and_answers_a_poll_with_an_error() async throws {
        try await TestServer.withServer { server in
            let token = try await server.token("root", "admin", seconds: 5)
            let connect = #"40{"token":"\#(token)"}"#
            let (socket, session) = (try openWebSocket(server, as: token), try open(server, connect: connect))
            let poll = try get(session, server)
            XCTAssertEqual(poll?.status, 400)
            XCTAssertNil(socket.frame(), "no close frame, no disconnect packet")
            XCTAssertTrue(socket.hasEnded)
        }
    }

    func test_a_shutdown_ends_a_web_socket_without_a_close_frame_and_answers_a_poll_with_an_error() async throws {
        let server = try await TestServer.start(["SOCKETIO_ANONYMOUS": "on"], in: TestServer.makeFolder())
        let (socket, session) = (try openWebSocket(server), try open(server, connect: "40"))
        let poll = try server.connect()
        poll.send(RawConnection.request("GET", session))
        server.signal(SIGTERM)
        XCTAssertEqual(poll.response()?.status, 400)
        XCTAssertNil(socket.frame(), "no close frame, no disconnect packet")
        XCTAssertTrue(socket.hasEnded)
        let exit = try await server.exit()
        XCTAssertEqual(exit.status, 0)
    }

    func test_missed_events_and_the_answer_of_a_recovered_connection_are_one_response() async throws {
        try await TestServer.withServer(["SOCKETIO_STATE_RECOVERY": "on"]) { server in
            let token = try await server.token("root", "admin")
            let session = try open(server)
            XCTAssertEqual(try post(#"40{"token":"\#(token)"}"#, to: session, server)?.body, "ok")
            let connected = try JSONValue.parse(Array((try get(session, server)?.body ?? "").utf8.dropFirst(2)))
            let bookings = try await book(41, on: server, as: token)
            let offset = try offset(of: bookings[0], in: session, server)
            XCTAssertEqual(try post("1", to: session, server)?.body, "ok")
            // More than any other response has.
            let again = try open(server)
            let pid = connected["pid"]?.string ?? ""
            let connect = #"40{"token":"\#(token)","pid":"\#(pid)","offset":"\#(offset)"}"#
            XCTAssertEqual(try post(connect, to: again, server)?.body, "ok")
            let packets = try get(again, server)?.body.split(separator: "\u{1e}") ?? []
            XCTAssertEqual(packets.count, 41)
            XCTAssertTrue(packets.dropLast().allSatisfy { $0.hasPrefix("42[") })
            XCTAssertEqual(packets.last?.hasPrefix(#"40{"sid":"\#(connected["sid"]?.string ?? "")""#), true)
        }
    }

    private func book(_ count: Int, on server: TestServer, as token: String) async throws -> [String] {
        var bookings: [String] = []
        for number in 0..<count {
            let start = Timestamp(milliseconds: 3_800_000_000_000) + .seconds(600 * number)
            let response = try await server.send(
                "POST", "/bookings", as: token,
                body: TestServer.bookingBody(
                    "11111111-1111-4111-8111-111111111111", from: start, lasting: .seconds(600)))
            bookings.append(response.string(at: "id"))
        }
        return bookings
    }

    /// Polls until the event of a booking has come, and returns its offset.
    private func offset(of booking: String, in session: String, _ server: TestServer) throws -> String {
        for packet in try get(session, server)?.body.split(separator: "\u{1e}") ?? [] {
            guard case .array(let parts)? = try? JSONValue.parse(Array(packet.utf8.dropFirst(2))), parts.count == 3,
                parts[1]["id"]?.string == booking
            else { continue }
            return parts[2].string ?? ""
        }
        XCTFail("no event of \(booking)")
        return ""
    }
}
