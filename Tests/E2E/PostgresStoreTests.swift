import Bookings
import BookingsPostgres
import BookingsRuntime
import Logging
import TestSupport
import XCTest

/// The contract of every store, kept by PostgreSQL; and what several replicas on one database may rely on.
final class PostgresStoreTests: XCTestCase {
    func testItKeepsTheContractOfEveryStore() async throws {
        try await StoreContract {
            let url = try await EphemeralServices.freshDatabase()
            let store = PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
            try await store.migrate(to: nil)
            return store
        }.verify()
    }

    private func store(on url: String) -> PostgresStore {
        PostgresStore(url: url, identifiers: SystemIdentifiers(), logger: Logger(label: "test"))
    }

    func testThreeReplicasThatStartAtOnceApplyEachMigrationOnce() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let stores = (0..<3).map { _ in store(on: url) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores { group.addTask { try await store.migrate(to: nil) } }
            try await group.waitForAll()
        }
        let applied = try await EphemeralServices.sql("select count(*) from schema_migrations", on: url)
        XCTAssertEqual(applied.lines, ["1"])
        let keys = try await EphemeralServices.sql("select count(*) from settings", on: url)
        XCTAssertEqual(keys.lines, ["1"])
    }

    func testOfTwoHundredOverlappingWritesOverThreeReplicasOneIsWritten() async throws {
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

    func testAThousandTouchingWritesOverThreeReplicasAreAllWrittenWithoutAGapInTheLog() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let stores = (0..<3).map { _ in store(on: url) }
        try await stores[0].migrate(to: nil)
        let places = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<1000 {
                let booking = aBooking(UInt64(number), slot: slot(3600 + number, 3601 + number))
                group.addTask {
                    guard case .written(let place) = try await stores[number % 3].write(creation(of: booking)) else {
                        return nil
                    }
                    return place.number
                }
            }
            return try await group.reduce(into: [Int64?]()) { $0.append($1) }
        }
        XCTAssertEqual(places.compactMap { $0 }.sorted(), Array(1...1000))
    }

    func testAnOverlapIsRefusedByTheTableItself() async throws {
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

    /// A writer that holds its place in the log for a second: no reader sees a later place before it.
    func testAReaderNeverSkipsATransactionThatCommitsLate() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        _ = try await store.write(creation(of: aBooking(1, slot: slot(3600, 3700))))
        async let slow = EphemeralServices.sql(
            """
            begin; update event_log_head set head = head + 1;
            insert into booking_events select head, 'cancel', 1900000000000, b.id, b.provider_id, b.customer_id,
                b.service_id, b.start_time, b.end_time, 'cancelled', 2, 1, b.created_at, b.updated_at, null, null, null,
                's', '', 'r' from event_log_head, bookings b where b.start_time = \(at(3600).milliseconds);
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
}
