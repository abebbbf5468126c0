import Bookings
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

/// Connection state recovery of Socket.IO, over long-polling.
final class RecoveryTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    /// A polling session that sends and receives packets one by one.
    private struct Client {
        let server: TestServer
        let session: String
        var received: [String] = []

        init(_ server: TestServer) async throws {
            self.server = server
            let path = "/socket.io/?EIO=4&transport=polling"
            let opened = try await server.send("GET", path)
            let json = try JSONValue.parse(Array(opened.text.dropFirst().utf8))
            session = "\(path)&sid=\(json["sid"]?.string ?? "")"
        }

        func post(_ packets: String) async throws {
            let posted = try await server.send("POST", session, body: packets)
            XCTAssertEqual(posted.text, "ok")
        }

        mutating func next() async throws -> String {
            while received.isEmpty {
                received = try await server.send("GET", session).text.split(separator: "\u{1e}").map(String.init)
            }
            return received.removeFirst()
        }

        /// Returns the session id and the private id of the next packet, the response to CONNECT.
        mutating func connected() async throws -> [String] {
            let packet = try await next()
            XCTAssertTrue(packet.hasPrefix("40{"), packet)
            let json = try JSONValue.parse(Array(packet.dropFirst(2).utf8))
            guard case .object(let members) = json else { return [] }
            XCTAssertEqual(members.map(\.name), ["sid", "pid"], packet)
            return members.compactMap(\.value.string)
        }

        /// Returns the booking of the next event, and its offset.
        mutating func event() async throws -> (booking: String, offset: String) {
            let packet = try await next()
            guard packet.hasPrefix("42"),
                case .array(let parts)? = try? JSONValue.parse(Array(packet.dropFirst(2).utf8)),
                parts.count == 3
            else {
                XCTFail(packet)
                return ("", "")
            }
            XCTAssertEqual(parts[1]["event"]?["cursor"], parts[2])
            return (parts[1]["id"]?.string ?? "", parts[2].string ?? "")
        }
    }

    private func book(_ number: Int, on server: TestServer) async throws -> String {
        let response = try await server.send(
            "POST", "/bookings", as: server.token("root", "admin"),
            body: TestServer.bookingBody(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
        XCTAssertEqual(response.status, 201, response.text)
        return response.string(at: "id")
    }

    private static func connect(_ token: String, _ pid: String? = nil, _ offset: String? = nil) -> String {
        let before = pid.map { #","pid":"\#($0)""# } ?? ""
        return #"40{"token":"\#(token)"\#(before)\#(offset.map { #","offset":"\#($0)""# } ?? "")}"#
    }

    func test_a_socket_is_recovered_on_another_replica_with_its_id_and_its_missed_events() async throws {
        let variables = ["DATABASE_URL": try await EphemeralServices.freshDatabase(), "SOCKETIO_STATE_RECOVERY": "on"]
        let first = try await TestServer.start(variables, in: TestServer.makeFolder())
        let second = try await TestServer.start(variables, in: TestServer.makeFolder())
        let token = try await first.token(provider, "provider")
        var client = try await Client(first)
        try await client.post(Self.connect(token))
        let ids = try await client.connected()
        let made = try await book(0, on: first)
        let seen = try await client.event()
        XCTAssertEqual(seen.booking, made)
        try await first.kill()

        let missed = [try await book(1, on: second), try await book(2, on: second)]
        client = try await Client(second)
        try await client.post(Self.connect(token, ids[1], seen.offset))
        for booking in missed {
            let event = try await client.event()
            XCTAssertEqual(event.booking, booking)
        }
        let again = try await client.connected()
        XCTAssertEqual(again, ids)
        let live = try await book(3, on: second)
        let event = try await client.event()
        XCTAssertEqual(event.booking, live)
        try await second.stop()
    }

    func test_a_connection_that_cannot_be_recovered_is_a_new_one() async throws {
        let server = try await TestServer.start(["SOCKETIO_STATE_RECOVERY": "on"], in: TestServer.makeFolder())
        let token = try await server.token(provider, "provider")
        var client = try await Client(server)
        try await client.post(Self.connect(token))
        let ids = try await client.connected()
        _ = try await book(0, on: server)
        let offset = try await client.event().offset
        _ = try await book(1, on: server)
        let other = try await server.token("99999999-9999-4999-8999-999999999999", "provider")
        for connect in [
            Self.connect(other, ids[1], offset), Self.connect(token, "forged", offset),
            Self.connect(token, ids[1], "forged"), Self.connect(token, ids[1]),
        ] {
            var newcomer = try await Client(server)
            try await newcomer.post(connect)
            let anew = try await newcomer.connected()
            XCTAssertNotEqual(anew[0], ids[0])
            XCTAssertNotEqual(anew[1], ids[1])
        }
        // A socket that was disconnected is not recovered, on this transport or another.
        try await client.post("41\u{1e}" + Self.connect(token, ids[1], offset))
        var packet = try await client.next()
        while packet.hasPrefix("42") { packet = try await client.next() }
        XCTAssertTrue(packet.hasPrefix("40{"), packet)
        XCTAssertFalse(packet.contains(ids[0]), packet)
        var returned = try await Client(server)
        try await returned.post(Self.connect(token, ids[1], offset))
        let anew = try await returned.connected()
        XCTAssertNotEqual(anew[0], ids[0])
        try await server.stop()
    }
}
