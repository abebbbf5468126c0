import Bookings
import BookingsRuntime
import TestSupport
import XCTest

@testable import SimulationKit

/// A Postgres that loses its newest events while replicas run, as after a failover to a standby that lags.
final class FailoverTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let firstStart = SystemClock().now() + .seconds(7200)
    private var slotCount = 0

    /// Creates a booking in a slot of its own; returns its identifier.
    private func book(_ server: TestServer, as token: String) async throws -> String {
        slotCount += 1
        let answer = try await server.send(
            "POST", "/bookings", as: token,
            body: TestServer.bookingBody(provider, from: firstStart + .seconds(600 * slotCount), lasting: .seconds(600))
        )
        XCTAssertEqual(answer.status, 201, answer.text)
        return answer.string(at: "id")
    }

    private func replicas(_ url: String, redis: Bool) async throws -> [TestServer] {
        var variables = ["DATABASE_URL": url]
        if redis { variables["REDIS_URL"] = try await EphemeralServices.variables()["REDIS_URL"] }
        var servers: [TestServer] = []
        for _ in 0..<2 { servers.append(try await TestServer.start(variables, in: TestServer.makeFolder())) }
        return servers
    }

    /// Stops the servers after checking that each has noticed the loss once.
    private func stop(_ servers: [TestServer]) async throws {
        for server in servers {
            let metrics = try await server.send("GET", "/metrics").text
            XCTAssertTrue(metrics.contains("\nevent_log_rewinds_total 1\n"), metrics)
            XCTAssertTrue(metrics.contains("\nevent_log_lag 0\n"), metrics)
            try await server.stop()
        }
    }

    /// Deletes all that was written after a position of the log.
    private func lose(after position: Int, on url: String) async throws {
        let lost = "(select booking_id from booking_events where position > \(position))"
        let result = try await EphemeralServices.sql(
            """
            begin;
            delete from reminders where booking_id in \(lost);
            delete from bookings where id in \(lost);
            delete from booking_events where position > \(position);
            select setval('event_log_positions', \(position));
            commit;
            """, on: url)
        XCTAssertEqual(result.status, 0, "\(result.lines)")
    }

    func test_events_after_a_failover_that_lost_some_reach_every_client() async throws {
        for redis in [false, true] {
            let url = try await EphemeralServices.freshDatabase()
            let servers = try await replicas(url, redis: redis)
            let token = try await servers[0].token(provider, "provider")
            let sockets = [
                try await SocketListener(servers[0], as: token), try await SocketListener(servers[1], as: token),
            ]
            let stream = try StreamedEvents(servers[1], as: token)
            _ = await stream.line()
            var created: [String] = []
            var cursors: [String] = []
            for number in 0..<10 {
                created.append(try await book(servers[number % 2], as: token))
                for socket in sockets {
                    let event = await socket.event()
                    XCTAssertEqual(event["data"]?["id"]?.string, created.last)
                }
                let event = await stream.event()
                cursors.append(event.id)
            }
            try await lose(after: 5, on: url)

            // Connected clients are disconnected.
            for socket in sockets {
                let line = await socket.line()
                XCTAssertNil(line)
            }
            let end = await stream.event()
            XCTAssertEqual(end.name, "")

            // A cursor of a kept event resumes; one of a lost event is refused.
            let lost = try await SocketListener(servers[0], as: token, after: cursors[9])
            let resync = await lost.event()
            XCTAssertEqual(resync["name"]?.string, "resync")
            let kept = try await SocketListener(servers[1], as: token, after: cursors[3])
            let missed = await kept.event()
            XCTAssertEqual(missed["data"]?["id"]?.string, created[4])
            let refused = try StreamedEvents(servers[1], as: token, after: cursors[7])
            let problem = await refused.line()
            XCTAssertEqual(problem?.contains("/problems/gone"), true, problem ?? "nothing")
            let page = try await servers[0].send("GET", "/events?after=\(cursors[7])", as: token)
            XCTAssertEqual(page.status, 410, page.text)

            // Lists show what is left, and the next events have the positions of the lost ones.
            let list = try await servers[1].send("GET", "/bookings/upcoming", as: token)
            XCTAssertEqual(list.json["meta"]?["total"]?.double, 5, list.text)
            let newStream = try StreamedEvents(servers[0], as: token)
            _ = await newStream.line()
            for number in 0..<10 {
                let id = try await book(servers[number % 2], as: token)
                for socket in [lost, kept] {
                    let event = await socket.event()
                    XCTAssertEqual(event["data"]?["id"]?.string, id)
                }
                let event = await newStream.event()
                XCTAssertEqual(event.data["id"]?.string, id)
                let list = try await servers[number % 2].send("GET", "/bookings/upcoming?limit=1", as: token)
                XCTAssertEqual(list.json["meta"]?["total"]?.double, Double(6 + number))
            }
            for socket in [lost, kept] { socket.end() }
            newStream.end()
            try await stop(servers)
        }
    }

    func test_a_log_whose_events_were_replaced_is_noticed_at_the_same_length() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let servers = try await replicas(url, redis: false)
        let token = try await servers[0].token(provider, "provider")
        let socket = try await SocketListener(servers[0], as: token)
        for _ in 0..<6 { _ = try await book(servers[1], as: token) }
        for _ in 0..<6 { _ = await socket.line() }
        try await EphemeralServices.sql(
            "update booking_events set booking_id = gen_random_uuid() where position > 4", on: url)
        let line = await socket.line()
        XCTAssertNil(line)
        let again = try await SocketListener(servers[0], as: token)
        let id = try await book(servers[1], as: token)
        let event = await again.event()
        XCTAssertEqual(event["data"]?["id"]?.string, id)
        again.end()
        try await stop(servers)
    }

    func test_a_cursor_beyond_the_end_of_the_log_is_answered_by_a_resync() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let first = try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder())
        let token = try await first.token(provider, "provider")
        let stream = try StreamedEvents(first, as: token)
        _ = await stream.line()
        for _ in 0..<3 { _ = try await book(first, as: token) }
        var cursor = ""
        for _ in 0..<3 { cursor = await stream.event().id }
        try await first.stop()
        try await lose(after: 1, on: url)
        // A replica that has never seen the lost events.
        let second = try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder())
        let socket = try await SocketListener(second, as: token, after: cursor)
        let resync = await socket.event()
        XCTAssertEqual(resync["name"]?.string, "resync")
        let id = try await book(second, as: token)
        let event = await socket.event()
        XCTAssertEqual(event["data"]?["id"]?.string, id)
        let page = try await second.send("GET", "/events?after=\(cursor)", as: token)
        XCTAssertEqual(page.status, 410, page.text)
        socket.end()
        try await second.stop()
    }
}
