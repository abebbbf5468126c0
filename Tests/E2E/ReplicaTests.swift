import Bookings
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// What replicas on one PostgreSQL and one Redis guarantee to clients of any of them.
final class ReplicaTests: ReplicaTestCase {
    func test_of_overlapping_bookings_on_three_replicas_one_is_created_and_of_adjacent_ones_all() async throws {
        let servers = try await replicas()
        let overlapping = try await post(
            (0..<200).map { TestServer.bookingBody(provider, from: start + .seconds($0), lasting: .seconds(3600)) },
            to: servers)
        XCTAssertEqual(overlapping.count { $0.status == 201 }, 1)
        XCTAssertEqual(overlapping.count { $0.status == 409 }, 199)
        let later = start + .seconds(86_400)
        let touching = try await post(
            (0..<1000).map { TestServer.bookingBody(provider, from: later + .seconds(60 * $0), lasting: .seconds(60)) },
            to: servers)
        XCTAssertEqual(touching.count { $0.status == 201 }, 1000)
        try await stop(servers)
    }

    func test_fifty_requests_with_one_idempotency_key_on_three_replicas_create_one_booking() async throws {
        let servers = try await replicas()
        let requestBody = TestServer.bookingBody(provider, from: start, lasting: .seconds(600))
        let responses = try await post(
            Array(repeating: requestBody, count: 50), to: servers, headers: ["Idempotency-Key": "once"])
        let decided = responses.filter { !$0.text.contains("request-in-progress") }
        XCTAssertEqual(Set(decided.map(\.status)), [201])
        XCTAssertEqual(Set(decided.map(\.text)).count, 1)
        try await stop(servers)
    }

    func test_an_acknowledged_write_is_visible_on_every_replica() async throws {
        let servers = try await replicas()
        let token = try await servers[0].token(provider, "provider")
        for number in 0..<30 {
            let made = try await servers[number % 3].send(
                "POST", "/bookings", as: token,
                body: TestServer.bookingBody(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
            XCTAssertEqual(made.status, 201, made.text)
            for server in servers {
                let page = try await server.send("GET", "/bookings/upcoming?limit=100", as: token)
                XCTAssertEqual(page.json["meta"]?["total"]?.double, Double(number + 1))
                let one = try await server.send("GET", "/bookings/\(made.string(at: "id"))", as: token)
                XCTAssertEqual(one.text, made.text)
            }
        }
        try await stop(servers)
    }

    /// The last acknowledged booking: its version, and the number of bookings.
    private final class Acknowledged: Sendable {
        let state = Mutex<(id: String, version: Double, total: Double)?>(nil)
        let isOver = Mutex(false)
    }

    func test_no_replica_returns_a_version_older_than_an_acknowledged_write() async throws {
        let servers = try await replicas()
        let token = try await servers[0].token(provider, "provider")
        let known = Acknowledged()
        let readers = servers.map { server in
            let (client, address) = (server.client, server.address)
            return Task {
                var reads = 0
                while !known.isOver.withLock({ $0 }) {
                    guard let last = known.state.withLock({ $0 }) else {
                        await Task.yield()
                        continue
                    }
                    let one = try await TestServer.send("GET", address + "/bookings/\(last.id)", as: token, by: client)
                    XCTAssertGreaterThanOrEqual(one.json["version"]?.double ?? 0, last.version)
                    let page = try await TestServer.send(
                        "GET", address + "/bookings/upcoming?limit=1", as: token, by: client)
                    XCTAssertGreaterThanOrEqual(page.json["meta"]?["total"]?.double ?? 0, last.total)
                    reads += 1
                }
                return reads
            }
        }
        for number in 0..<60 {
            let made = try await servers[number % 3].send(
                "POST", "/bookings", as: token,
                body: TestServer.bookingBody(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
            XCTAssertEqual(made.status, 201, made.text)
            known.state.withLock { $0 = (made.string(at: "id"), 1, Double(number + 1)) }
            let moved = try await servers[(number + 1) % 3].send(
                "POST", "/bookings/\(made.string(at: "id"))/reschedule", as: token,
                body: """
                    {"start_time":"\(RFC3339.string(start + .seconds(600 * number)))",\
                    "end_time":"\(RFC3339.string(start + .seconds(600 * number + 300)))"}
                    """)
            XCTAssertEqual(moved.status, 200, moved.text)
            known.state.withLock { $0 = (made.string(at: "id"), 2, Double(number + 1)) }
        }
        known.isOver.withLock { $0 = true }
        for reader in readers {
            let reads = try await reader.value
            XCTAssertGreaterThan(reads, 0)
        }
        try await stop(servers)
    }

    func test_a_socket_receives_the_event_of_a_booking_created_on_another_replica() async throws {
        let servers = try await replicas(2)
        var (listener, events) = try await listen(on: servers[0], as: servers[0].token(provider, "provider"))
        let made = try await post(
            [TestServer.bookingBody(provider, from: start, lasting: .seconds(600))], to: [servers[1]])
        let event = await events.next()
        XCTAssertEqual(event?.contains(made[0].string(at: "id")), true, event ?? "nothing")
        listener.kill()
        try await stop(servers)
    }

    func test_replicas_share_a_rate_limit() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let redis = try await EphemeralServices.variables()["REDIS_URL"] ?? ""
        var servers: [TestServer] = []
        for _ in 0..<2 {
            servers.append(
                try await TestServer.start(
                    ["DATABASE_URL": url, "REDIS_URL": redis, "RATE_LIMIT": "10/86400"], in: TestServer.makeFolder()))
        }
        let token = try await servers[0].token("admin", "admin")
        for server in servers {
            let isUp = try await eventually { try await server.send("GET", "/health").text.contains(#""error":{}"#) }
            XCTAssertTrue(isUp)
        }
        var statuses: [Int] = []
        for number in 0..<12 {
            statuses.append(try await servers[number % 2].send("GET", "/bookings/upcoming", as: token).status)
        }
        XCTAssertEqual(statuses, Array(repeating: 200, count: 10) + [429, 429])
        try await stop(servers)
    }
}
