import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime
@testable import SimulationKit

/// What the lists of one owner cost others.
final class PostgresListIsolationTests: PostgresTestCase {
    private let large = ProviderID(high: 0, low: 1)
    private let small = ProviderID(high: 0, low: 2)

    private static func page(_ store: PostgresStore, _ provider: ProviderID) async throws -> Int? {
        let query = BookingQuery(list: .upcoming, scope: BookingScope(provider: provider), asOf: at(0))
        return try await store.bookings(query, .page(number: 1, limit: 10)).total
    }

    /// Makes each read of the large provider's bookings wait while a session holds an advisory lock.
    private func holdLists(on url: String) async throws -> ChildProcess {
        let replaced = try await EphemeralServices.sql(
            """
            create function wait_for_lock() returns boolean language plpgsql as $$
            begin perform pg_advisory_xact_lock_shared(4711); return true; end $$;
            alter table bookings rename to stored_bookings;
            create view bookings as select * from stored_bookings
            where provider_id <> '\(large)' or wait_for_lock()
            """, on: url)
        XCTAssertEqual(replaced.status, 0, "\(replaced.lines)")
        let psql = try ChildProcess(
            "/usr/bin/psql",
            [
                "-X", "-q", "-A", "-t", "-d", url, "-c", "select pg_advisory_lock(4711), 'held'", "-c",
                "select pg_sleep(60)",
            ], in: TestServer.root)
        for await line in psql.lines where line.contains("held") { return psql }
        throw TestServer.NotStarted(description: "psql did not take the lock")
    }

    private func release(_ holder: ChildProcess, on url: String) async throws {
        try await EphemeralServices.sql(
            """
            select pg_terminate_backend(pid, 30000) from pg_stat_activity
            where datname = current_database() and query = 'select pg_sleep(60)'
            """, on: url)
        holder.kill()
    }

    private final class Finished: Sendable {
        private let value = Atomic(0)

        var count: Int { value.load(ordering: .sequentiallyConsistent) }

        func add() { value.add(1, ordering: .sequentiallyConsistent) }
    }

    func test_the_lists_of_an_owner_are_answered_while_those_of_another_take_long() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        for number: UInt64 in 1...2 {
            _ = try await store.write(creation(of: booking(number, provider: number)))
        }
        let holder = try await holdLists(on: url)
        let finished = Finished()
        let pending = (0..<LongListQueue.maximumOfOwner + 4).map { [large] _ in
            Task {
                _ = try? await Self.page(store, large)
                finished.add()
            }
        }
        // Those beyond the owner's limit have been rejected: the others wait.
        let rejected = pending.count - LongListQueue.maximumOfOwner
        while finished.count < rejected { await Task.yield() }
        for _ in 1...20 {
            let total = try await Self.page(store, small)
            XCTAssertEqual(total, 1)
        }
        XCTAssertEqual(finished.count, rejected)
        try await release(holder, on: url)
        for task in pending { await task.value }
        let total = try await Self.page(store, large)
        XCTAssertEqual(total, 1)
    }
}
