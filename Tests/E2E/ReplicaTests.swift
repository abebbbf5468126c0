import Bookings
import BookingsRuntime
import BookingsSQLite
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// Replicas in processes of their own, on one PostgreSQL and one Redis.
final class ReplicaTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    /// - Parameter redis: `nil` means the Redis that all tests share.
    private func replicas(_ count: Int = 3, redis: String? = nil) async throws -> [TestServer] {
        let url = try await EphemeralServices.freshDatabase()
        let shared = try await EphemeralServices.variables()["REDIS_URL"]
        var servers: [TestServer] = []
        for _ in 0..<count {
            let variables = ["DATABASE_URL": url, "REDIS_URL": redis ?? shared ?? ""]
            servers.append(try await TestServer.start(variables, in: TestServer.makeFolder()))
        }
        return servers
    }

    /// Starts another replica on the same database.
    private func replica(beside server: TestServer) async throws -> TestServer {
        try await TestServer.start(server.variables, in: TestServer.makeFolder())
    }

    private func stop(_ servers: [TestServer]) async throws {
        for server in servers {
            let status = try await server.stop()
            XCTAssertEqual(status, 0)
        }
    }

    /// Posts all bodies at the same time, in turn to each replica.
    private func post(
        _ bodies: [String], to servers: [TestServer], headers: [String: String] = [:]
    ) async throws -> [TestServer.Response] {
        let token = try await servers[0].token("admin", "admin")
        return try await withThrowingTaskGroup(of: TestServer.Response.self) { group in
            for (number, body) in bodies.enumerated() {
                let (client, address) = (
                    servers[number % servers.count].client, servers[number % servers.count].address
                )
                group.addTask {
                    try await TestServer.send(
                        "POST", address + "/bookings", as: token, body: body, headers: headers, by: client)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

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

    func test_a_retry_after_a_replica_was_killed_creates_no_second_booking() async throws {
        let servers = try await replicas(2)
        let token = try await servers[0].token("admin", "admin")
        for number in 0..<8 {
            let killed = try await replica(beside: servers[0])
            let requestBody = TestServer.bookingBody(
                provider, from: start + .seconds(600 * number), lasting: .seconds(600))
            let key = ["Idempotency-Key": "key-\(number)"]
            let (client, url) = (killed.client, killed.address + "/bookings")
            let interrupted = Task {
                try? await TestServer.send("POST", url, as: token, body: requestBody, headers: key, by: client)
            }
            // The kill hits from before the request to after its response, in steps of about a millisecond.
            let pause = ContinuousClock.now + .milliseconds(number)
            while ContinuousClock.now < pause { await Task.yield() }
            try await killed.kill()
            let first = await interrupted.value
            let second = try await servers[1].send("POST", "/bookings", as: token, body: requestBody, headers: key)
            XCTAssertEqual(second.status, 201, second.text)
            if let first { XCTAssertEqual(first.text, second.text) }
        }
        let list = try await servers[0].send("GET", "/bookings", as: token)
        XCTAssertEqual(list.json["meta"]?["total"]?.double, 8)
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

    /// Starts the official client, and returns when it is connected.
    private func listen(
        on server: TestServer, as token: String
    ) async throws -> (process: ChildProcess, events: AsyncStream<String>.Iterator) {
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let listener = try ChildProcess(
            "/usr/bin/timeout", ["60", python, script, server.address, token], in: server.folder)
        var events = listener.lines.makeAsyncIterator()
        let connected = await events.next()
        XCTAssertEqual(connected, #"{"name": "connect"}"#)
        return (listener, events)
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

    func test_no_request_and_no_event_is_lost_when_redis_is_flushed_killed_and_restarted() async throws {
        let redis = try await OwnRedis.start()
        let servers = try await replicas(3, redis: redis.url)
        let token = try await servers[0].token(provider, "provider")
        var (listener, events) = try await listen(on: servers[0], as: token)
        var made: [String] = []
        /// Creates bookings, each on the next replica; each is in the lists of all replicas at once.
        func makeTen() async throws {
            for _ in 0..<10 {
                let response = try await servers[made.count % 3].send(
                    "POST", "/bookings", as: token,
                    body: TestServer.bookingBody(
                        provider, from: start + .seconds(600 * made.count), lasting: .seconds(600)))
                XCTAssertEqual(response.status, 201, response.text)
                made.append(response.string(at: "id"))
                for server in servers {
                    let page = try await server.send("GET", "/bookings/upcoming?limit=1", as: token)
                    XCTAssertEqual(page.json["meta"]?["total"]?.double, Double(made.count), page.text)
                }
            }
        }
        try await makeTen()
        let flushed = try ChildProcess(
            "/usr/bin/redis-cli", ["-p", "\(redis.port)", "FLUSHALL"], in: servers[0].folder)
        XCTAssertEqual(flushed.exitStatus(), 0)
        try await makeTen()
        redis.kill()
        try await makeTen()
        let health = try await servers[1].send("GET", "/health")
        XCTAssertEqual([health.status, health.json["error"]?["redis"] == nil ? 0 : 1], [200, 1], health.text)
        let again = try await OwnRedis.start(port: redis.port)
        try await makeTen()
        var ids: [String] = []
        while ids.count < made.count, let line = await events.next() {
            ids.append((try JSONValue.parse(Array(line.utf8)))["data"]?["id"]?.string ?? line)
        }
        XCTAssertEqual(ids, made, "Each event arrives once, in order.")
        listener.kill()
        again.kill()
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

    func test_acknowledged_bookings_survive_an_immediate_restart_of_postgres_and_writes_succeed_again()
        async throws
    {
        let variables = try await EphemeralServices.variables()
        let servers = try await replicas(1)
        let token = try await servers[0].token("admin", "admin")
        let (client, address, start) = (servers[0].client, servers[0].address, start)
        let clients = (0..<4).map { number in
            Task {
                var acknowledged: [String] = []
                for slot in 0... where !Task.isCancelled {
                    let requestBody = TestServer.bookingBody(
                        "11111111-1111-4111-8111-11111111112\(number)", from: start + .seconds(60 * slot),
                        lasting: .seconds(60))
                    guard
                        let response = try? await TestServer.send(
                            "POST", address + "/bookings", as: token, body: requestBody, by: client)
                    else { return acknowledged }
                    XCTAssertTrue([201, 503].contains(response.status), response.text)
                    if response.status == 201 { acknowledged.append(response.string(at: "id")) }
                    if Task.isCancelled { break }
                }
                return acknowledged
            }
        }
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        let restart = try ChildProcess(script, ["restart", variables["FOLDER"] ?? ""], in: TestServer.root)
        for await line in restart.lines { print(line) }
        XCTAssertEqual(restart.exitStatus(), 0)
        let after = try await post([TestServer.bookingBody(provider, from: start, lasting: .seconds(600))], to: servers)
        XCTAssertEqual(after.map(\.status), [201], after[0].text)
        for client in clients { client.cancel() }
        var acknowledged: [String] = []
        for client in clients { acknowledged += await client.value }
        for id in acknowledged {
            let read = try await servers[0].send("GET", "/bookings/\(id)", as: token)
            XCTAssertEqual(read.status, 200, read.text)
        }
        try await stop(servers)
    }
}
