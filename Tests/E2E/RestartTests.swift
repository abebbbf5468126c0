import Bookings
import BookingsRuntime
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// Replicas behind a proxy that are restarted one after the other, while clients write and listen.
final class RestartTests: ReplicaTestCase {
    /// What the writers were answered.
    private final class Writes: Sendable {
        private struct State {
            var answers: [String: Int] = [:]
            var bookings: [String] = []
            var isOver = false
        }

        private let state = Mutex(State())
        var answers: [String: Int] { state.withLock(\.answers) }
        var bookings: [String] { state.withLock(\.bookings) }
        var isOver: Bool { state.withLock(\.isOver) }
        func end() { state.withLock { $0.isOver = true } }

        func add(_ response: RawConnection.Response?) {
            let booking = (try? JSONValue.parse(Array((response?.body ?? "").utf8)))?["id"]?.string
            state.withLock { state in
                state.answers[response?.status.description ?? "none", default: 0] += 1
                if response?.status == 201 { state.bookings.append(booking ?? "") }
            }
        }
    }

    /// Writes without an idempotency key, so that no proxy may repeat one that was sent.
    private static func write(
        _ writer: Int, to port: String, as token: String, from start: Timestamp, _ writes: Writes
    ) {
        var connection = try? RawConnection(port: port)
        var number = 0
        while !writes.isOver {
            let slot = start + .seconds(60 * (number * 8 + writer))
            connection?.send(
                RawConnection.request(
                    "POST", "/bookings", ["Authorization: Bearer \(token)", "Content-Type: application/json"],
                    body: TestServer.bookingBody(
                        "11111111-1111-4111-8111-111111111111", from: slot, lasting: .seconds(60))))
            let response = connection?.response()
            writes.add(response)
            if response?.closes ?? true { connection = try? RawConnection(port: port) }
            number += 1
        }
    }

    func test_a_rolling_restart_behind_nginx_loses_no_request_and_no_event() async throws {
        try await restart(behind: .nginx)
    }

    func test_a_rolling_restart_behind_haproxy_loses_no_request_and_no_event() async throws {
        try await restart(behind: .haproxy([]))
    }

    func test_a_rolling_restart_behind_haproxy_with_http_reuse_always_loses_no_request_and_no_event() async throws {
        try await restart(behind: .haproxy(["http-reuse always"]))
    }

    private func restart(behind kind: ReverseProxy.Kind) async throws {
        var servers = try await replicas(variables: ["SHUTDOWN_DELAY_SECONDS": "1"])
        let proxy = try await ReverseProxy.start(kind, before: servers)
        let token = try await servers[0].token("root", "admin")
        let followers = try SocketFollower.transports.flatMap { transports in
            try (0..<2).map {
                try SocketFollower(
                    proxy.address, as: token, transports: transports, number: $0, in: servers[0].folder)
            }
        }
        for follower in followers { await follower.connects(1) }
        let (writes, port, start) = (Writes(), proxy.port, start)
        async let writers: Void = onThreads(8) { Self.write($0, to: port, as: token, from: start, writes) }
        for index in servers.indices {
            let exit = try await servers[index].stop()
            XCTAssertEqual(exit, 0)
            let variables = servers[index].variables.merging(["PORT": servers[index].port]) { $1 }
            servers[index] = try await TestServer.start(variables, in: TestServer.makeFolder())
        }
        writes.end()
        await writers
        XCTAssertEqual(Array(writes.answers.keys), ["201"], "\(writes.answers)")
        let page = try await servers[0].send("GET", "/bookings?limit=1", as: token)
        XCTAssertEqual(page.json["meta"]?["total"]?.double, Double(writes.bookings.count))
        for follower in followers {
            await follower.received(writes.bookings)
            print("\(kind), \(follower.transports): away for \(follower.returns.absences)")
            follower.end()
        }
        proxy.stop()
        try await stop(servers)
    }

    func test_clients_of_a_killed_replica_return_at_their_first_attempt_and_miss_nothing() async throws {
        let servers = try await replicas(2)
        let proxy = try await ReverseProxy.start(.nginx, before: servers)
        let token = try await servers[0].token("root", "admin")
        let followers = try SocketFollower.transports.flatMap { transports in
            try (0..<4).map {
                try SocketFollower(
                    proxy.address, as: token, transports: transports, number: $0, in: servers[0].folder)
            }
        }
        for follower in followers { await follower.connects(1) }
        var bookings = [try await book(0, on: servers[0])]
        for follower in followers { await follower.received(bookings) }
        try await servers[1].kill()
        // More than the Python client takes in one response.
        for number in 1...40 { bookings.append(try await book(number, on: servers[0])) }
        for follower in followers {
            await follower.received(bookings)
            XCTAssertEqual(follower.returns.failedConnects, [], follower.transports)
            print("\(follower.transports): away for \(follower.returns.absences)")
            follower.end()
        }
        XCTAssertTrue(followers.contains { !$0.returns.absences.isEmpty }, "no client was on the replica")
        proxy.stop()
        try await stop([servers[0]])
    }

    func test_a_client_whose_token_expired_returns_at_its_first_attempt_and_misses_nothing() async throws {
        try await TestServer.withServer { server in
            let followers = try SocketFollower.transports.map {
                try SocketFollower(server.address, transports: $0, in: server.folder)
            }
            for follower in followers { await follower.isReady() }
            let (short, long) = (
                try await server.token("root", "admin", seconds: 6), try await server.token("root", "admin")
            )
            for follower in followers { follower.replaceToken(by: short) }
            for follower in followers {
                await follower.connects(1)
                follower.replaceToken(by: long)
            }
            var bookings: [String] = []
            var number = 0
            while followers.contains(where: { $0.returns.absences.isEmpty }), number < 200 {
                bookings.append(try await book(number, on: server))
                number += 1
            }
            for follower in followers {
                await follower.connects(2)
                await follower.received(bookings)
                XCTAssertEqual(follower.returns.failedConnects, [], follower.transports)
                print("\(follower.transports): away for \(follower.returns.absences)")
                follower.end()
            }
        }
    }

    private func book(_ number: Int, on server: TestServer) async throws -> String {
        let response = try await server.send(
            "POST", "/bookings", as: server.token("root", "admin"),
            body: TestServer.bookingBody(provider, from: start + .seconds(600 * number), lasting: .seconds(600)))
        XCTAssertEqual(response.status, 201, response.text)
        return response.string(at: "id")
    }
}
