import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime

/// The function for writes: one write and many have the same outcomes.
final class PostgresWriteTests: PostgresTestCase {
    /// Writes with every outcome, in batches of writes that do not depend on each other.
    private func everyOutcome() throws -> [[BookingWrite]] {
        let day = 24 * 3600
        let first = booking(1, provider: 1, customer: #"a "quoted", {braced}"#)
        let second = booking(2, provider: 2, status: .pending)
        let moved = try change(second, .reschedule(to: slot(9000, 9600)), at: at(30))
        let cancelled = try change(booking(99, provider: 4), .cancel, at: at(20))
        return [
            [
                creation(of: first, plan: ReminderPlan(leads: [.seconds(600), .seconds(60)]), by: aTracedOrigin),
                creation(of: second, plan: ReminderPlan(leads: [])),
                creation(of: booking(3, provider: 3), idempotency: record("k")),
            ],
            [creation(of: booking(4, provider: 2, slot: slot(7200, 7300)))],
            [
                creation(of: first, plan: ReminderPlan(leads: [.seconds(600), .seconds(60)])),
                creation(of: booking(5, provider: 2, slot: slot(7000, 7900)), idempotency: record("l")),
                creation(of: booking(6, provider: 5), idempotency: record("k")),
                try XCTUnwrap(cancelled),
            ],
            [
                try XCTUnwrap(try change(first, .cancel, at: at(30))), try XCTUnwrap(moved),
                creation(of: booking(7, provider: 6, at: at(day + 1)), idempotency: record("k", at: at(day + 1))),
            ],
            [creation(of: booking(8, provider: 1)), creation(of: booking(9, provider: 2, slot: slot(9599, 9700)))],
        ]
    }

    private func outcomes(_ rows: PostgresRows) -> [[[UInt8]?]] {
        rows.map { row in (0..<rows.columns).map { row.optionalBytes($0) } }
    }

    private func allRows(in url: String) async throws -> [String] {
        let tables = ["bookings", "reminders", "booking_events", "idempotency_records"]
        let all = tables.map { "select t::text from \($0) t order by 1" }
        return try await EphemeralServices.sql(all.joined(separator: ";"), on: url).lines
    }

    func test_a_write_has_the_same_outcome_alone_and_in_a_batch() async throws {
        let urls = [try await EphemeralServices.freshDatabase(), try await EphemeralServices.freshDatabase()]
        let (alone, batched) = (store(on: urls[0]), store(on: urls[1]))
        for store in [alone, batched] { try await store.migrate(to: nil) }
        var names: [String] = []
        for writes in try everyOutcome().map({ $0.map(WriteColumns.init) }) {
            var single: [[[UInt8]?]] = []
            for write in writes {
                single += outcomes(try await alone.pool.write(Statements.writes, WriteColumns.parameters([write])))
            }
            let batch = outcomes(
                try await batched.pool.write(Statements.writes, WriteColumns.parameters(writes)))
            XCTAssertEqual(single, batch)
            names += single.map { String(decoding: $0[0] ?? [], as: UTF8.self) }
        }
        XCTAssertEqual(
            names,
            [
                "written", "written", "written", "written", "written", "taken", "decided", "stale", "written",
                "written", "written", "written", "taken",
            ])
        let contents = try await allRows(in: urls[0])
        let others = try await allRows(in: urls[1])
        XCTAssertEqual(contents, others)
        XCTAssertFalse(contents.isEmpty)
    }

    /// A replica of the release before may still run after the migration.
    func test_a_caller_that_gives_no_traces_writes_all_the_same() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        let parameters = WriteColumns.parameters([WriteColumns(creation(of: booking(1, provider: 1)))]).dropLast()
        let names = (1...parameters.count).map { "$\($0)" }.joined(separator: ", ")
        let earlier = PostgresStatement("writes_of_earlier_release", "select * from write_bookings(\(names))")
        let rows = outcomes(try await store.pool.write(earlier, Array(parameters)))
        XCTAssertEqual(rows.map { String(decoding: $0[0] ?? [], as: UTF8.self) }, ["written"])
        let events = try await store.tail(after: .start, limit: 9)?.events
        XCTAssertEqual(events?.map(\.trace), [nil])
    }
}
