import Bookings
import BookingsRuntime
import BookingsSQLite
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// Three servers on one PostgreSQL, each a process of its own.
final class ReplicaTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    /// `redis`: nil for the one that all tests share.
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

    /// Another one on the same database.
    private func replica(beside server: TestServer) async throws -> TestServer {
        try await TestServer.start(server.variables, in: TestServer.makeFolder())
    }

    private func stop(_ servers: [TestServer]) async throws {
        for server in servers {
            let status = try await server.stop()
            XCTAssertEqual(status, 0)
        }
    }

    /// Posts all bodies at once, each to the next replica.
    private func post(
        _ bodies: [String], to servers: [TestServer], headers: [String: String] = [:]
    ) async throws -> [TestServer.Answer] {
        let token = try await servers[0].token("admin", "admin")
        return try await withThrowingTaskGroup(of: TestServer.Answer.self) { group in
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

    func test_overlapping_bookings_over_three_replicas_are_accepted_once_and_touching_ones_all() async throws {
        let servers = try await replicas()
        let overlapping = try await post(
            (0..<200).map { TestServer.wish(provider, from: start + .seconds($0), lasting: .seconds(3600)) },
            to: servers)
        XCTAssertEqual(overlapping.count { $0.status == 201 }, 1)
        XCTAssertEqual(overlapping.count { $0.status == 409 }, 199)
        let later = start + .seconds(86_400)
        let touching = try await post(
            (0..<1000).map { TestServer.wish(provider, from: later + .seconds(60 * $0), lasting: .seconds(60)) },
            to: servers)
        XCTAssertEqual(touching.count { $0.status == 201 }, 1000)
        try await stop(servers)
    }

    func test_fifty_requests_with_one_key_over_three_replicas_make_one_booking() async throws {
        let servers = try await replicas()
        let wish = TestServer.wish(provider, from: start, lasting: .seconds(600))
        let answers = try await post(
            Array(repeating: wish, count: 50), to: servers, headers: ["Idempotency-Key": "once"])
        let decided = answers.filter { !$0.text.contains("request-in-progress") }
        XCTAssertEqual(Set(decided.map(\.status)), [201])
        XCTAssertEqual(Set(decided.map(\.text)).count, 1)
        try await stop(servers)
    }

    func test_a_replica_killed_between_commit_and_answer_leaves_one_booking_to_the_retry_elsewhere() async throws {
        let servers = try await replicas(2)
        let token = try await servers[0].token("admin", "admin")
        for number in 0..<8 {
            let victim = try await replica(beside: servers[0])
            let wish = TestServer.wish(provider, from: start + .seconds(600 * number), lasting: .seconds(600))
            let key = ["Idempotency-Key": "key-\(number)"]
            let (client, url) = (victim.client, victim.address + "/bookings")
            let doomed = Task {
                try? await TestServer.send("POST", url, as: token, body: wish, headers: key, by: client)
            }
            // From before the request to after its answer, in steps of about a millisecond.
            let pause = ContinuousClock.now + .milliseconds(number)
            while ContinuousClock.now < pause { await Task.yield() }
            try await victim.kill()
            let first = await doomed.value
            let second = try await servers[1].send("POST", "/bookings", as: token, body: wish, headers: key)
            XCTAssertEqual(second.status, 201, second.text)
            if let first { XCTAssertEqual(first.text, second.text) }
        }
        let list = try await servers[0].send("GET", "/bookings", as: token)
        XCTAssertEqual(list.json["meta"]?["total"]?.double, 8)
        try await stop(servers)
    }

    func test_an_acknowledged_write_is_read_on_every_replica() async throws {
        let servers = try await replicas()
        let token = try await servers[0].token(provider, "provider")
        for number in 0..<30 {
            let made = try await servers[number % 3].send(
                "POST", "/bookings", as: token,
                body: TestServer.wish(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
            XCTAssertEqual(made.status, 201, made.text)
            for server in servers {
                let page = try await server.send("GET", "/bookings/upcoming?limit=100", as: token)
                XCTAssertEqual(page.json["meta"]?["total"]?.double, Double(number + 1))
                let one = try await server.send("GET", "/bookings/\(made.text(at: "id"))", as: token)
                XCTAssertEqual(one.text, made.text)
            }
        }
        try await stop(servers)
    }

    /// The last booking that a writer was told of: its version, and how many there are.
    private final class Acknowledged: Sendable {
        let state = Mutex<(id: String, version: Double, total: Double)?>(nil)
        let isOver = Mutex(false)
    }

    func test_readers_on_all_replicas_that_race_a_writer_never_read_older_than_what_was_acknowledged() async throws {
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
                body: TestServer.wish(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
            XCTAssertEqual(made.status, 201, made.text)
            known.state.withLock { $0 = (made.text(at: "id"), 1, Double(number + 1)) }
            let moved = try await servers[(number + 1) % 3].send(
                "POST", "/bookings/\(made.text(at: "id"))/reschedule", as: token,
                body: """
                    {"start_time":"\(RFC3339.string(start + .seconds(600 * number)))",\
                    "end_time":"\(RFC3339.string(start + .seconds(600 * number + 300)))"}
                    """)
            XCTAssertEqual(moved.status, 200, moved.text)
            known.state.withLock { $0 = (made.text(at: "id"), 2, Double(number + 1)) }
        }
        known.isOver.withLock { $0 = true }
        for reader in readers {
            let reads = try await reader.value
            XCTAssertGreaterThan(reads, 0)
        }
        try await stop(servers)
    }

    /// A real client on a replica, connected.
    private func listen(
        on server: TestServer, as token: String
    ) async throws -> (process: ChildProcess, heard: AsyncStream<String>.Iterator) {
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/listen.py").path
        let listener = try ChildProcess(
            "/usr/bin/timeout", ["60", python, script, server.address, token], in: server.folder)
        var heard = listener.lines.makeAsyncIterator()
        let connected = await heard.next()
        XCTAssertEqual(connected, #"{"name": "connect"}"#)
        return (listener, heard)
    }

    func test_a_socket_on_one_replica_hears_of_a_booking_made_on_another() async throws {
        let servers = try await replicas(2)
        var (listener, heard) = try await listen(on: servers[0], as: servers[0].token(provider, "provider"))
        let made = try await post([TestServer.wish(provider, from: start, lasting: .seconds(600))], to: [servers[1]])
        let event = await heard.next()
        XCTAssertEqual(event?.contains(made[0].text(at: "id")), true, event ?? "nothing")
        listener.kill()
        try await stop(servers)
    }

    func test_redis_flushed_killed_and_back_costs_no_request_and_no_event() async throws {
        let redis = try await OwnRedis.start()
        let servers = try await replicas(3, redis: redis.url)
        let token = try await servers[0].token(provider, "provider")
        var (listener, heard) = try await listen(on: servers[0], as: token)
        var made: [String] = []
        /// Each booking is made on one replica and is in the lists of all at once.
        func makeTen() async throws {
            for _ in 0..<10 {
                let answer = try await servers[made.count % 3].send(
                    "POST", "/bookings", as: token,
                    body: TestServer.wish(provider, from: start + .seconds(600 * made.count), lasting: .seconds(600)))
                XCTAssertEqual(answer.status, 201, answer.text)
                made.append(answer.text(at: "id"))
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
        while ids.count < made.count, let line = await heard.next() {
            ids.append((try JSONValue.parse(Array(line.utf8)))["data"]?["id"]?.string ?? line)
        }
        XCTAssertEqual(ids, made, "each event once, in order")
        listener.kill()
        again.kill()
        try await stop(servers)
    }

    func test_a_rate_limit_is_shared_by_replicas() async throws {
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

    func test_after_an_immediate_restart_of_postgres_all_is_served_again_and_every_acknowledged_booking_is_there()
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
                    let wish = TestServer.wish(
                        "11111111-1111-4111-8111-11111111112\(number)", from: start + .seconds(60 * slot),
                        lasting: .seconds(60))
                    guard
                        let answer = try? await TestServer.send(
                            "POST", address + "/bookings", as: token, body: wish, by: client)
                    else { return acknowledged }
                    XCTAssertTrue([201, 503].contains(answer.status), answer.text)
                    if answer.status == 201 { acknowledged.append(answer.text(at: "id")) }
                    if Task.isCancelled { break }
                }
                return acknowledged
            }
        }
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        let restart = try ChildProcess(script, ["restart", variables["FOLDER"] ?? ""], in: TestServer.root)
        for await line in restart.lines { print(line) }
        XCTAssertEqual(restart.exitStatus(), 0)
        let after = try await post([TestServer.wish(provider, from: start, lasting: .seconds(600))], to: servers)
        XCTAssertEqual(after.map(\.status), [201], after[0].text)
        for one in clients { one.cancel() }
        var acknowledged: [String] = []
        for one in clients { acknowledged += await one.value }
        for id in acknowledged {
            let read = try await servers[0].send("GET", "/bookings/\(id)", as: token)
            XCTAssertEqual(read.status, 200, read.text)
        }
        try await stop(servers)
    }
}
