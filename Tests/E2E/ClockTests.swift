import Bookings
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Clocks that are set while the service runs: the clock of its machine, and that of PostgreSQL.
final class ClockTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"

    private func listen(_ server: TestServer, as token: String) async throws -> StreamedEvents {
        let stream = try StreamedEvents(server, as: token)
        let opened = await stream.line()
        XCTAssertEqual(opened, ":")
        return stream
    }

    private func book(_ server: TestServer, from start: Timestamp, as token: String) async throws -> String {
        let response = try await server.send(
            "POST", "/bookings", as: token, body: TestServer.bookingBody(provider, from: start, lasting: .seconds(60)))
        XCTAssertEqual(response.status, 201, response.text)
        return response.string(at: "id")
    }

    /// Returns the current time of the service.
    private func now(_ server: TestServer, as token: String) async throws -> Timestamp {
        let page = try await server.send("GET", "/bookings/upcoming?limit=1", as: token)
        return try XCTUnwrap(page.json["meta"]?["as_of"]?.string.flatMap { RFC3339.parse($0) }, page.text)
    }

    private func embedded(_ variables: [String: String] = [:]) async throws -> (TestServer, FakedClock) {
        let folder = try TestServer.makeFolder()
        let clock = try await FakedClock(in: folder)
        return (try await TestServer.start(variables.merging(clock.variables) { $1 }, in: folder), clock)
    }

    // MARK: - Embedded store: the service uses the clock of the machine

    func test_stream_comments_continue_when_the_clock_is_set() async throws {
        let (server, clock) = try await embedded()
        let granted = try await server.send(
            "POST", "/auth/token", body: #"{"sub":"\#(provider)","roles":["provider"],"ttl_seconds":86400}"#)
        let stream = try await listen(server, as: granted.string(at: "access_token"))
        for step in [-3600, 3600] {
            try clock.set(ahead: step)
            var comment = await stream.line()
            while comment?.isEmpty == true { comment = await stream.line() }
            XCTAssertEqual(comment, ":", "a comment after 15 s")
        }
        stream.end()
        try await server.stop()
    }

    func test_pings_continue_when_the_clock_is_set() async throws {
        let (server, clock) = try await embedded()
        for step in [-3600, 3600] {
            try clock.set(ahead: 0)
            let handshake = try await server.send("GET", "/socket.io/?EIO=4&transport=polling")
            let open = try JSONValue.parse(Array(handshake.text.dropFirst().utf8))
            let session = try XCTUnwrap(open["sid"]?.string)
            try clock.set(ahead: step)
            let polled = try? await server.send("GET", "/socket.io/?EIO=4&transport=polling&sid=\(session)")
            XCTAssertEqual(polled?.text, "2", "a ping after 25 s")
        }
        try await server.stop()
    }

    func test_connections_end_when_a_clock_set_ahead_makes_their_token_expire() async throws {
        let (server, clock) = try await embedded()
        let token = try await server.token(provider, "provider")
        let stream = try await listen(server, as: token)
        let socket = try await SocketListener(server, as: token)
        try clock.set(ahead: 7200)
        let set = ContinuousClock.now
        let line = await socket.line()
        XCTAssertNil(line)
        while let line = await stream.line() { XCTAssertEqual(line, "") }
        // Within five seconds, as the contract says.
        XCTAssertLessThan(ContinuousClock.now - set, .seconds(5))
        try await server.stop()
    }

    func test_reminders_follow_the_clock_when_it_is_set_and_are_never_early() async throws {
        let (server, clock) = try await embedded(["REMINDER_LEAD_MINUTES": "10"])
        let token = try await server.token(provider, "provider")
        let stream = try await listen(server, as: token)
        let begin = try await now(server, as: token)
        let start = begin + .seconds(603)
        let booked = try await book(server, from: start, as: token)
        _ = await stream.event()
        try clock.set(ahead: -3600)
        // The due instant passes on the clock of the machine, but not on that of the service.
        let passed = await eventually { SystemClock().now() > begin + .seconds(6) }
        XCTAssertTrue(passed)
        let token2 = try await server.token(provider, "provider")
        let other = try await book(server, from: begin + .seconds(7200), as: token2)
        let received = await stream.event()
        XCTAssertEqual([received.name, received.data["id"]?.string], ["booking.created", other])
        try clock.set(ahead: 0)
        let reminder = await stream.event()
        XCTAssertEqual([reminder.name, reminder.data["booking_id"]?.string], ["booking.reminder", booked])
        let recorded = try XCTUnwrap(reminder.data["event"]?["occurred_at"]?.string.flatMap { RFC3339.parse($0) })
        XCTAssertGreaterThanOrEqual(recorded, start - .seconds(600))

        // Set ahead: reminders that become due by that fire at once.
        let later = try await book(server, from: begin + .seconds(1800), as: token)
        _ = await stream.event()
        try clock.set(ahead: 1260)
        let early = await stream.event()
        XCTAssertEqual([early.name, early.data["booking_id"]?.string], ["booking.reminder", later])
        stream.end()
        try await server.stop()
    }

    // MARK: - PostgreSQL: the service uses the clock of the database

    func test_a_replica_on_a_machine_with_a_wrong_clock_uses_the_time_of_the_database() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let folder = try TestServer.makeFolder()
        let clock = try await FakedClock(ahead: -1800, in: folder)
        let faked = try await TestServer.start(["DATABASE_URL": url].merging(clock.variables) { $1 }, in: folder)
        let other = try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder())
        let token = try await other.token(provider, "provider")
        let streams = [try await listen(faked, as: token), try await listen(other, as: token)]
        for (number, step) in [-3600, 3600, 0].enumerated() {
            try clock.set(ahead: step)
            let instant = try await now(faked, as: token)
            XCTAssertLessThan(abs(instant.duration(to: SystemClock().now()).inSeconds), 2)
            for (offset, server) in [faked, other].enumerated() {
                let start = SystemClock().now() + .seconds(7200 + 300 * (2 * number + offset))
                let made = try await book(server, from: start, as: token)
                for stream in streams {
                    let event = await stream.event()
                    XCTAssertEqual(event.data["id"]?.string, made)
                }
            }
        }
        for stream in streams { stream.end() }
        for server in [faked, other] { try await server.stop() }
    }

    func test_replicas_follow_the_clock_of_the_database_and_receive_each_others_events() async throws {
        let folder = try TestServer.makeFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        let clock = try await FakedClock(in: folder)
        let services = try await OwnPostgres.start(clock: clock, in: folder)
        var servers: [TestServer] = []
        for _ in 0..<2 {
            servers.append(
                try await TestServer.start(
                    ["DATABASE_URL": services.url, "REMINDER_LEAD_MINUTES": "10"], in: TestServer.makeFolder()))
        }
        let granted = try await servers[0].send(
            "POST", "/auth/token", body: #"{"sub":"\#(provider)","roles":["provider"],"ttl_seconds":86400}"#)
        let token = granted.string(at: "access_token")
        let stream = try await listen(servers[1], as: token)
        for step in [-600, 600, 0] {
            try clock.set(ahead: step)
            for server in servers {
                let follows = try await eventually {
                    let instant = try await self.now(server, as: token)
                    return abs(SystemClock().now().duration(to: instant).inSeconds - Double(step)) < 1
                }
                XCTAssertTrue(follows, "\(step)")
            }
            // Due in two seconds by the clock of the database.
            let start = SystemClock().now() + .seconds(step + 602)
            let made = try await book(servers[0], from: start, as: token)
            let created = await stream.event()
            XCTAssertEqual([created.name, created.data["id"]?.string], ["booking.created", made])
            let reminder = await stream.event()
            XCTAssertEqual([reminder.name, reminder.data["booking_id"]?.string], ["booking.reminder", made])
            XCTAssertEqual(reminder.data["late"], .bool(false))
            // DisciplinedClock ignores differences of this size as jitter.
            XCTAssertGreaterThanOrEqual(
                SystemClock().now() + .seconds(step) + .milliseconds(10), start - .seconds(600))
        }
        stream.end()
        for server in servers { try await server.stop() }
        services.stop()
    }
}
