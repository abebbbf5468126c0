import AsyncHTTPClient
import Bookings
import BookingsPostgres
import BookingsRuntime
import Foundation
import Logging
import NIOCore
import TestSupport
import XCTest

@testable import SimulationKit

/// What a request with an idempotency key gets while another transaction decides a request with the same key.
final class IdempotencyLockTests: XCTestCase {
    private let key = IdempotencyKey(
        subject: Subject("admin")!, method: "POST", path: "/bookings", key: "once")

    /// Starts a foreign transaction that has the lock of the key, as a request on another replica would.
    private func lockKey(on url: String) async throws -> ChildProcess {
        let sql = "select lock_idempotency_key('\(key.subject.text)', '\(key.method)', '\(key.path)', '\(key.key)')"
        let psql = try ChildProcess(
            "/usr/bin/psql",
            ["-X", "-q", "-A", "-t", "-d", url, "-c", "begin", "-c", sql, "-c", "select pg_sleep(60)"],
            in: TestServer.root)
        for await line in psql.lines where line == "t" { return psql }
        throw TestServer.NotStarted(description: "psql did not take the lock")
    }

    /// Ends the foreign transactions; a session that sleeps does not notice that its client is gone.
    private func unlock(_ holder: ChildProcess, on url: String) async throws {
        try await EphemeralServices.sql(
            """
            select pg_terminate_backend(pid, 30000) from pg_stat_activity
            where datname = current_database() and query = 'select pg_sleep(60)'
            """, on: url)
        holder.kill()
    }

    private static func create(
        by client: HTTPClient, at address: String, as token: String, key: String?, start: Timestamp
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address + "/bookings")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Content-Type", value: "application/json")
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        let body = TestServer.bookingBody("11111111-1111-4111-8111-111111111111", from: start, lasting: .seconds(600))
        request.body = .bytes(ByteBuffer(string: body))
        return try await client.execute(request, timeout: .seconds(30))
    }

    func test_a_request_whose_key_is_in_use_waits_for_it_and_is_409_after_ten_seconds() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let server = try await TestServer.start(["DATABASE_URL": url], in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let start = SystemClock().now() + .seconds(86_400)
        let (client, address, value) = (server.client, server.address, key.key)
        let holder = try await lockKey(on: url)
        let begin = ContinuousClock.now
        async let refused = Self.create(by: client, at: address, as: token, key: value, start: start)
        // Requests without the key do not wait.
        for number in 1...20 {
            let other = try await Self.create(
                by: client, at: address, as: token, key: nil, start: start + .seconds(3600 * number))
            XCTAssertEqual(other.status, .created)
        }
        XCTAssertLessThan(ContinuousClock.now - begin, .seconds(8))
        let response = try await refused
        XCTAssertGreaterThanOrEqual(ContinuousClock.now - begin, .seconds(10))
        XCTAssertEqual(response.status, .conflict)
        XCTAssertEqual(response.headers["Retry-After"], ["1"])
        let problem = String(buffer: try await response.body.collect(upTo: 1 << 16))
        XCTAssertTrue(problem.contains("/problems/request-in-progress"), problem)

        async let waiting = Self.create(by: client, at: address, as: token, key: value, start: start)
        try await unlock(holder, on: url)
        let created = try await waiting
        XCTAssertEqual(created.status, .created)
        try await server.stop()
    }

    func test_the_answer_of_a_request_that_changed_nothing_waits_for_its_key_too() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
        try await store.migrate(to: nil)
        let record = IdempotencyRecord(
            key: key, bodyDigest: [1],
            answer: StoredAnswer(status: 404, contentType: "text/plain", etag: nil, location: nil, body: [2]),
            createdAt: at(0))
        let holder = try await lockKey(on: url)
        async let keeping = store.keep(record, at: at(0))
        try await Task.sleep(for: .milliseconds(300))
        let early = try await store.idempotencyRecord(key, at: at(0))
        XCTAssertNil(early)
        try await unlock(holder, on: url)
        let kept = try await keeping
        XCTAssertEqual(kept, record)
    }
}
