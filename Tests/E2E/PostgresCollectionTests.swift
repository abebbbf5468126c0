import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import SimulationKit

/// What others get while a transaction that deletes expired rows is open.
final class PostgresCollectionTests: PostgresTestCase {
    private let day = 24 * 3600

    func test_nobody_waits_for_a_part_of_the_collection_that_is_not_committed() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        _ = try await store.write(creation(of: booking(1, provider: 1), idempotency: record("old")))
        _ = try await store.fireDue(at: at(3000), limit: 1)
        let collection = try await openCollection(on: url)
        let now = at(2 * day)
        // Another replica trims at the same time.
        let isCut = try await store.trim(keptSince: at(day), limit: 10)
        XCTAssertFalse(isCut)
        let write = creation(
            of: booking(2, provider: 1, slot: slot(3 * day, 3 * day + 60), at: now), idempotency: record("new", at: now)
        )
        let outcome = try await store.write(write)
        XCTAssertTrue(outcome.isWritten)
        // The record of this key is being deleted.
        let again = WriteColumns(
            creation(
                of: booking(3, provider: 1, slot: slot(4 * day, 4 * day + 60), at: now),
                idempotency: record("old", at: now)))
        let during = try await store.pool.write(again)
        XCTAssertEqual(during.first?.optionalText(0), "in_progress")
        let tail = try await store.tail(after: .start, limit: 10)
        XCTAssertEqual(tail?.events.count, 3)
        try await end(collection, on: url)
        let after = try await store.pool.write(again)
        XCTAssertEqual(after.first?.optionalText(0), "written")
    }

    /// Starts a transaction that has deleted all that had expired after a day, and stays open.
    private func openCollection(on url: String) async throws -> ChildProcess {
        let expired = at(day).milliseconds
        let psql = try ChildProcess(
            "/usr/bin/psql",
            [
                "-X", "-q", "-A", "-t", "-d", url, "-c", "begin",
                "-c", "prepare forget as \(Statements.forget.sql)", "-c", "execute forget('0', '\(expired)', '10')",
                "-c", "prepare trim as \(Statements.trim.sql)", "-c", "execute trim('\(expired)', '10')",
                "-c", "select 'deleted ' || floor from event_log_floor", "-c", "select pg_sleep(60)",
            ], in: TestServer.root)
        var lines: [String] = []
        for await line in psql.lines {
            lines.append(line)
            if line == "deleted 2" { return psql }
        }
        throw TestServer.NotStarted(description: "psql did not delete what had expired: \(lines)")
    }

    /// Rolls the transaction back; a session that sleeps does not notice that its client is gone. Waits until it has ended.
    private func end(_ collection: ChildProcess, on url: String) async throws {
        try await EphemeralServices.sql(
            """
            select pg_terminate_backend(pid, 30000) from pg_stat_activity
            where datname = current_database() and query = 'select pg_sleep(60)'
            """, on: url)
        collection.kill()
        _ = collection.exitStatus()
    }
}
