import Bookings
import BookingsRuntime
import Foundation
import XCTest

@testable import SimulationKit

/// Replicas in processes of their own, on one PostgreSQL and one Redis.
class ReplicaTestCase: XCTestCase {
    let provider = "11111111-1111-4111-8111-111111111111"
    let start = SystemClock().now() + .seconds(7200)

    /// - Parameter redis: `nil` means the Redis that all tests share.
    func replicas(
        _ count: Int = 3, redis: String? = nil, variables more: [String: String] = [:]
    ) async throws -> [TestServer] {
        let url = try await EphemeralServices.freshDatabase()
        let shared = try await EphemeralServices.variables()["REDIS_URL"]
        var servers: [TestServer] = []
        for _ in 0..<count {
            let variables = ["DATABASE_URL": url, "REDIS_URL": redis ?? shared ?? ""]
            servers.append(try await TestServer.start(variables.merging(more) { $1 }, in: TestServer.makeFolder()))
        }
        return servers
    }

    /// Starts another replica on the same database.
    func replica(beside server: TestServer) async throws -> TestServer {
        try await TestServer.start(server.variables, in: TestServer.makeFolder())
    }

    func stop(_ servers: [TestServer]) async throws {
        for server in servers {
            let status = try await server.stop()
            XCTAssertEqual(status, 0)
        }
    }

    /// Posts all bodies at the same time, in turn to each replica.
    func post(
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

    /// Starts the official client, and returns when it is connected.
    func listen(
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
}
