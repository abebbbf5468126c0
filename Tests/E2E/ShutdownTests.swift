import Bookings
import BookingsRuntime
import Foundation
import TestSupport
import XCTest

@testable import SimulationKit

/// SIGTERM while a write waits for a lock that another session of PostgreSQL holds.
final class ShutdownTests: XCTestCase {
    private let provider = "11111111-1111-4111-8111-111111111111"
    private let start = SystemClock().now() + .seconds(7200)

    /// A server, and a write that waits for the lock.
    private struct BlockedWrite {
        let url: String
        let server: TestServer
        let connection: RawConnection
        /// Ends when the lock is released.
        let lock: Task<Int32, any Error>
    }

    /// The advisory lock that all writers of the event log take.
    private static let eventLogLock = 7_245_903_861_207_745_109

    /// - Parameter seconds: How long the lock is held.
    private func blockedWrite(for seconds: Int, grace: Int) async throws -> BlockedWrite {
        let url = try await EphemeralServices.freshDatabase()
        let server = try await TestServer.start(
            ["DATABASE_URL": url, "SHUTDOWN_GRACE_SECONDS": "\(grace)"], in: TestServer.makeFolder())
        let token = try await server.token("admin", "admin")
        let statements = "select pg_advisory_xact_lock(\(Self.eventLogLock)); select pg_sleep(\(seconds))"
        let lock = Task { try await EphemeralServices.sql(statements, on: url).status }
        try await waitForLock("granted", on: url)
        let connection = try server.connect()
        connection.send(
            RawConnection.request(
                "POST", "/bookings", ["Authorization: Bearer \(token)", "Content-Type: application/json"],
                body: TestServer.bookingBody(provider, from: start, lasting: .seconds(600))))
        try await waitForLock("not granted", on: url)
        return BlockedWrite(url: url, server: server, connection: connection, lock: lock)
    }

    private func waitForLock(_ condition: String, on url: String) async throws {
        let query = """
            select count(*) from pg_locks join pg_database on pg_database.oid = database
            where datname = current_database() and locktype = 'advisory' and \(condition)
            """
        let isFound = try await eventually { try await EphemeralServices.sql(query, on: url).lines != ["0"] }
        XCTAssertTrue(isFound, condition)
    }

    private func bookingCount(_ url: String) async throws -> [String] {
        try await EphemeralServices.sql("select count(*) from bookings", on: url).lines
    }

    func test_a_write_in_progress_is_answered_before_the_process_ends() async throws {
        let write = try await blockedWrite(for: 3, grace: 9)
        write.server.signal(SIGTERM)
        let response = write.connection.response()
        XCTAssertEqual(response?.status, 201, response?.body ?? "no response")
        XCTAssertEqual(response?.closes, true)
        let exit = try await write.server.exit()
        XCTAssertEqual(exit.status, 0)
        XCTAssertFalse(exit.log.contains { $0.contains("cut off") }, exit.log.joined(separator: "\n"))
        _ = try await write.lock.value
    }

    func test_a_write_whose_client_has_left_is_finished_before_the_process_ends() async throws {
        let write = try await blockedWrite(for: 3, grace: 9)
        write.connection.close()
        write.server.signal(SIGTERM)
        let exit = try await write.server.exit()
        XCTAssertEqual(exit.status, 0)
        XCTAssertFalse(exit.log.contains { $0.contains("cut off") }, exit.log.joined(separator: "\n"))
        _ = try await write.lock.value
        let count = try await bookingCount(write.url)
        XCTAssertEqual(count, ["1"])
    }

    func test_a_write_that_outlives_the_grace_period_is_named_in_the_log() async throws {
        let write = try await blockedWrite(for: 5, grace: 1)
        write.server.signal(SIGTERM)
        let exit = try await write.server.exit()
        XCTAssertEqual(exit.status, 0)
        let entries = exit.log.compactMap { try? JSONValue.parse(Array($0.utf8)) }
        let warning = try XCTUnwrap(
            entries.first { $0["level"]?.string == "warning" }, exit.log.joined(separator: "\n"))
        XCTAssertEqual(warning["in_flight"]?.string, "request=1")
        XCTAssertEqual(warning["connections"]?.string, "1 request in progress")
        XCTAssertNil(write.connection.response())
        _ = try await write.lock.value
    }
}
