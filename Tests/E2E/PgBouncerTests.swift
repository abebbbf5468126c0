import Bookings
import BookingsPostgres
import BookingsRuntime
import Foundation
import Logging
import TestSupport
import XCTest

@testable import SimulationKit

/// The store behind a PgBouncer, as Debian installs it.
final class PgBouncerTests: XCTestCase {
    /// The port of a PgBouncer before the Postgres of this process.
    private static func start(_ mode: String) async throws -> Int {
        let folder = try await EphemeralServices.variables()["FOLDER"] ?? ""
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        // Fewer sessions than connections in transaction mode: each transaction may get another one.
        let process = try ChildProcess(
            script, ["pgbouncer", folder, mode],
            environment: ["PGBOUNCER_POOL_SIZE": mode == "session" ? "8" : "2"], in: TestServer.root)
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        let port = lines.last.flatMap { $0.hasPrefix("PORT=") ? Int($0.dropFirst(5)) : nil }
        return try XCTUnwrap(port, lines.joined(separator: "\n"))
    }

    private static func through(_ port: Int, _ url: String) throws -> String {
        let direct = try XCTUnwrap(URL(string: url)?.port)
        return url.replacingOccurrences(of: ":\(direct)/", with: ":\(port)/")
    }

    private func verify(_ mode: String) async throws {
        let port = try await Self.start(mode)
        try await StoreContract {
            let url = try Self.through(port, try await EphemeralServices.freshDatabase())
            try await PostgresStore.verify(url: url)
            let store = PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
            try await store.migrate(to: nil)
            try await store.ping()
            return store
        }.verify()
    }

    func test_in_session_mode_the_store_keeps_its_contract() async throws { try await verify("session") }
    func test_in_transaction_mode_the_store_keeps_its_contract() async throws { try await verify("transaction") }

    func test_two_replicas_in_transaction_mode_serve_every_request() async throws {
        let url = try Self.through(try await Self.start("transaction"), try await EphemeralServices.freshDatabase())
        var servers: [TestServer] = []
        for _ in 0..<2 {
            servers.append(try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder()))
        }
        let token = try await servers[0].token("admin", "admin")
        let begin = SystemClock().now() + .seconds(86_400)
        for round in 0..<4 {
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<40 {
                    let (client, address) = (servers[number % 2].client, servers[number % 2].address)
                    let start = begin + .seconds(Int64((round * 40 + number) * 600))
                    group.addTask {
                        let provider = "11111111-1111-4111-8111-111111111111"
                        let wish = TestServer.wish(provider, from: start, lasting: .seconds(600))
                        func send(_ method: String, _ path: String, _ body: String? = nil) async throws
                            -> TestServer.Answer
                        {
                            try await TestServer.send(method, address + path, as: token, body: body, by: client)
                        }
                        let made = try await send("POST", "/bookings", wish)
                        let path = "/bookings/" + made.text(at: "id")
                        let read = try await send("GET", path)
                        let list = try await send("GET", "/bookings?limit=1")
                        let cancelled = try await send("POST", path + "/cancel")
                        return [made.status, read.status, list.status, cancelled.status]
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { for status in $1 { $0[status, default: 0] += 1 } }
            }
            XCTAssertEqual(statuses, [201: 40, 200: 120])
        }
        for server in servers { try await server.stop() }
    }

    /// What the service sets for itself must not reach whoever gets the session next.
    func test_in_transaction_mode_nothing_is_left_behind_in_a_session() async throws {
        let url = try Self.through(try await Self.start("transaction"), try await EphemeralServices.freshDatabase())
        let store = PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
        try await store.migrate(to: nil)
        for number in 0..<10 {
            _ = try await store.write(
                creation(of: aBooking(UInt64(number), slot: slot(number * 100, number * 100 + 50))))
            _ = try await store.head()
        }
        for _ in 0..<4 {
            let settings = try await EphemeralServices.sql(
                "select current_setting('statement_timeout'), current_setting('jit'), current_setting('lock_timeout')",
                on: url)
            XCTAssertEqual(settings.lines, ["0|on|0"])
        }
    }
}
