import Bookings
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// Acknowledged writes and events when a replica, Redis or PostgreSQL fails.
final class ReplicaFailureTests: ReplicaTestCase {
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

    func test_no_request_and_no_event_is_lost_when_redis_is_flushed_killed_and_restarted() async throws {
        let redis = try await RedisProcess.start()
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
        let again = try await RedisProcess.start(port: redis.port)
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
