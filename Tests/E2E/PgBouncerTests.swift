import Bookings
import BookingsPostgres
import BookingsRuntime
import Foundation
import Logging
import TestSupport
import XCTest

@testable import SimulationKit

/// The store behind a PgBouncer, as Debian packages it.
final class PgBouncerTests: XCTestCase {
    /// Starts a PgBouncer in front of the Postgres of this process; returns its port.
    private static func start(_ mode: String) async throws -> Int {
        let folder = try await EphemeralServices.variables()["FOLDER"] ?? ""
        let script = TestServer.root.appendingPathComponent("scripts/services").path
        // In transaction mode fewer sessions than connections, so that each transaction may get another one.
        let process = try ChildProcess(
            script, ["pgbouncer", folder, mode],
            environment: ["PGBOUNCER_POOL_SIZE": mode == "session" ? "8" : "2"], in: TestServer.root)
        var lines: [String] = []
        for await line in process.lines { lines.append(line) }
        let port = lines.last.flatMap { $0.hasPrefix("PORT=") ? Int($0.dropFirst(5)) : nil }
        return try XCTUnwrap(port, lines.joined(separator: "\n"))
    }

    /// Returns the URL with the pooler's port.
    private static func pooled(_ url: String, _ port: Int) throws -> String {
        let direct = try XCTUnwrap(URL(string: url)?.port)
        return url.replacingOccurrences(of: ":\(direct)/", with: ":\(port)/")
    }

    private func verifyContract(_ mode: String) async throws {
        let port = try await Self.start(mode)
        try await StoreContract {
            let url = try Self.pooled(try await EphemeralServices.freshDatabase(), port)
            try await PostgresStore.verify(url: url)
            let store = PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
            try await store.migrate(to: nil)
            try await store.ping()
            return store
        }.verify()
    }

    func test_in_session_mode_the_store_keeps_its_contract() async throws { try await verifyContract("session") }
    func test_in_transaction_mode_the_store_keeps_its_contract() async throws {
        try await verifyContract("transaction")
    }

    func test_in_transaction_mode_two_replicas_serve_every_request() async throws {
        let url = try Self.pooled(try await EphemeralServices.freshDatabase(), try await Self.start("transaction"))
        var servers: [TestServer] = []
        for _ in 0..<2 {
            servers.append(try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder()))
        }
        let token = try await servers[0].token("admin", "admin")
        let firstStart = SystemClock().now() + .seconds(86_400)
        for round in 0..<4 {
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<40 {
                    let (client, address) = (servers[number % 2].client, servers[number % 2].address)
                    let start = firstStart + .seconds(Int64((round * 40 + number) * 600))
                    group.addTask {
                        let provider = "11111111-1111-4111-8111-111111111111"
                        let bookingBody = TestServer.bookingBody(provider, from: start, lasting: .seconds(600))
                        func send(_ method: String, _ path: String, _ body: String? = nil) async throws
                            -> TestServer.Response
                        {
                            try await TestServer.send(method, address + path, as: token, body: body, by: client)
                        }
                        let created = try await send("POST", "/bookings", bookingBody)
                        let path = "/bookings/" + created.string(at: "id")
                        let read = try await send("GET", path)
                        let list = try await send("GET", "/bookings?limit=1")
                        let cancelled = try await send("POST", path + "/cancel")
                        return [created.status, read.status, list.status, cancelled.status]
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { for status in $1 { $0[status, default: 0] += 1 } }
            }
            XCTAssertEqual(statuses, [201: 40, 200: 120])
        }
        for server in servers { try await server.stop() }
    }

    /// Another client of the pooler may get the session next.
    func test_in_transaction_mode_no_setting_is_left_in_a_session() async throws {
        let url = try Self.pooled(try await EphemeralServices.freshDatabase(), try await Self.start("transaction"))
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
