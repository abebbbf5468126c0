import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime

/// The contract of every store on PostgreSQL, and what several replicas on one database rely on.
final class PostgresStoreTests: XCTestCase {
    func test_it_fulfils_the_contract_of_every_store() async throws {
        try await StoreContract {
            let url = try await EphemeralServices.freshDatabase()
            let store = PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
            try await store.migrate(to: nil)
            return store
        }.verify()
    }

    func test_it_has_exact_lists_while_it_counts_the_bookings_of_owners() async throws {
        try await StoreContract {
            let url = try await EphemeralServices.freshDatabase()
            let store = PostgresStore(
                url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"), readLimit: 3)
            try await store.migrate(to: nil)
            return store
        }.verify(only: "lists")
    }

    private func store(on url: String) -> PostgresStore {
        PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
    }

    func test_three_replicas_that_start_at_once_apply_each_migration_once() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let stores = (0..<3).map { _ in store(on: url) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores { group.addTask { try await store.migrate(to: nil) } }
            try await group.waitForAll()
        }
        let applied = try await EphemeralServices.sql("select count(*) from schema_migrations", on: url)
        XCTAssertEqual(applied.lines, ["\(SchemaFiles.migrations.count)"])
        let functions = try await EphemeralServices.sql("select count(*) from schema_routines", on: url)
        XCTAssertEqual(functions.lines, ["\(SchemaFiles.routines.count)"])
        let keys = try await EphemeralServices.sql("select count(*) from settings", on: url)
        XCTAssertEqual(keys.lines, ["1"])
    }

    func test_a_function_that_changed_is_outdated_until_it_is_applied_again() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        let before = try await store.status().map(\.state)
        XCTAssertEqual(Set(before), [.pending])
        try await store.migrate(to: nil)
        let after = try await store.status().map(\.state)
        XCTAssertEqual(Set(after), [.applied])
        try await EphemeralServices.sql(
            "drop function find_conflict; update schema_routines set checksum = 'another' where name = 'find_conflict'",
            on: url)
        let changed = try await store.status()
        XCTAssertEqual(changed.map(\.state), SchemaFiles.migrations.map { _ in .applied } + [.outdated])
        XCTAssertTrue(changed.allSatisfy(\.isApplied))
        try await store.migrate(to: nil)
        let again = try await store.status().map(\.state)
        XCTAssertEqual(Set(again), [.applied])
        let functions = try await EphemeralServices.sql("select 'find_conflict'::regproc", on: url)
        XCTAssertEqual(functions.status, 0)
    }

    func test_a_migration_that_changed_after_it_was_applied_is_refused() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        try await EphemeralServices.sql("update schema_migrations set checksum = 'another'", on: url)
        do {
            try await store.migrate(to: nil)
            XCTFail("it was not refused")
        } catch {
            XCTAssertTrue("\(error)".contains("migration 1 was changed"), "\(error)")
        }
    }

    func test_one_of_two_hundred_overlapping_writes_over_three_replicas_succeeds() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let stores = (0..<3).map { _ in store(on: url) }
        try await stores[0].migrate(to: nil)
        let written = try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
            for number in 0..<200 {
                let booking = aBooking(UInt64(number), slot: slot(3600 + number, 7200 + number))
                group.addTask { try await stores[number % 3].write(creation(of: booking)) }
            }
            return try await group.reduce(into: 0) { count, outcome in
                XCTAssertTrue(outcome.isWritten || outcome.isSlotTaken, "\(outcome)")
                count += outcome.isWritten ? 1 : 0
            }
        }
        XCTAssertEqual(written, 1)
    }

    func test_a_thousand_adjacent_writes_over_three_replicas_all_succeed_without_a_gap_in_the_log() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let stores = (0..<3).map { _ in store(on: url) }
        try await stores[0].migrate(to: nil)
        let positions = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<1000 {
                let booking = aBooking(UInt64(number), slot: slot(3600 + number, 3601 + number))
                group.addTask {
                    guard case .written(let position) = try await stores[number % 3].write(creation(of: booking)) else {
                        return nil
                    }
                    return position.number
                }
            }
            return try await group.reduce(into: [Int64?]()) { $0.append($1) }
        }
        XCTAssertEqual(positions.compactMap { $0 }.sorted(), Array(1...1000))
    }

    func test_the_table_itself_refuses_an_overlap() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        _ = try await store.write(creation(of: aBooking()))
        let refused = try await EphemeralServices.sql(
            """
            insert into bookings select gen_random_uuid(), provider_id, customer_id, service_id, start_time + 1,
                end_time + 1, status, 1, 1, created_at, updated_at from bookings
            """, on: url)
        XCTAssertNotEqual(refused.status, 0)
        XCTAssertTrue(refused.lines.joined().contains("bookings_no_overlap"), "\(refused.lines)")
    }

    /// A transaction takes a position and commits a second later: no reader sees a later position before it.
    func test_a_reader_never_skips_a_transaction_that_commits_late() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        _ = try await store.write(creation(of: aBooking(1, slot: slot(3600, 3700))))
        async let slow = EphemeralServices.sql(
            """
            begin; select lock_event_log();
            insert into booking_events select nextval('event_log_positions'), 'cancel', 1900000000000, b.id,
                b.provider_id, b.customer_id, b.service_id, b.start_time, b.end_time, 'cancelled', 2, 1, b.created_at,
                b.updated_at, null, null, null, 's', '', 'r' from bookings b where b.start_time = \(at(3600).milliseconds);
            select pg_sleep(1); commit
            """, on: url)
        var seen: [Int64] = []
        for number in 2...20 {
            _ = try await store.write(
                creation(of: aBooking(UInt64(number), slot: slot(3600 + number * 100, 3700 + number * 100))))
            let after = LogPosition(seen.last ?? 0)
            let slice = try await store.events(after: after, in: .all, keptSince: .earliest, limit: 100)
            seen += slice?.events.map(\.position.number) ?? []
        }
        let late = try await slow
        XCTAssertEqual(late.status, 0, "\(late.lines)")
        let rest = try await store.events(
            after: LogPosition(seen.last ?? 0), in: .all, keptSince: .earliest, limit: 100)
        seen += rest?.events.map(\.position.number) ?? []
        XCTAssertEqual(seen, Array(1...21))
    }

    func test_the_session_parameters_of_the_url_apply() async throws {
        let url = try await EphemeralServices.freshDatabase()
        try await EphemeralServices.sql("create schema elsewhere", on: url)
        let store = store(on: url + "?application_name=mine&options=-c%20search_path%3Delsewhere,public")
        try await store.migrate(to: nil)
        let isMigrated = try await store.status().allSatisfy(\.isApplied)
        XCTAssertTrue(isMigrated)
        _ = try await store.write(creation(of: aBooking()))
        let rows = try await EphemeralServices.sql("select count(*) from elsewhere.bookings", on: url)
        XCTAssertEqual(rows.lines, ["1"])
        let names = try await EphemeralServices.sql(
            "select distinct application_name from pg_stat_activity where query like '%write_booking%' and pid <> "
                + "pg_backend_pid() and datname = current_database()", on: url)
        XCTAssertEqual(names.lines, ["mine"])
    }

    func test_no_statement_fails_when_the_server_ends_the_connections() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        for number in 1...5 {
            let ended = try await EphemeralServices.sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bookings' "
                    + "and datname = current_database()", on: url)
            XCTAssertEqual(ended.status, 0)
            let outcome = try await store.write(
                creation(of: aBooking(UInt64(number), slot: slot(3600 * number, 3600 * number + 60))))
            XCTAssertTrue(outcome.isWritten)
            _ = try await store.head()
        }
    }

    func test_a_write_that_the_database_refuses_fails_no_other_write_of_its_batch() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        let written = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                // Longer than a day: no use case permits it, and the table refuses it.
                let length = number == 7 ? 90_000 : 60
                let start = 3600 + number * 200_000
                let booking = aBooking(
                    UInt64(number), provider: ProviderID(high: 0, low: UInt64(number)),
                    slot: slot(start, start + length))
                group.addTask { (try? await store.write(creation(of: booking)).isWritten) ?? false }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        XCTAssertEqual(written, 39)
    }
}
