import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime

/// How many rows statements read (decision 0018).
final class PostgresPlanTests: PostgresTestCase {
    /// A connection plans its first write while the tables are empty. Afterwards they hold, among others, a thousand slots
    /// of the same day.
    func test_the_rows_that_a_write_reads_do_not_grow_with_the_tables() async throws {
        for size in 1...2 {
            let url = try await EphemeralServices.freshDatabase()
            try await store(on: url).migrate(to: nil)
            let read = try await EphemeralServices.sql(
                """
                prepare writes as \(Statements.writes.sql);
                \(call(0, size: size))
                insert into bookings select gen_random_uuid(), provider_id, customer_id, service_id,
                    start_time - n * 80000, end_time - n * 80000, status, version, times_version, created_at,
                    updated_at from bookings, generate_series(1::bigint, 1000) n;
                insert into booking_events select nextval('event_log_positions'), 'create', updated_at, id,
                    provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
                    created_at, updated_at, null, null, null, 's', '', 'r' from bookings on conflict do nothing;
                insert into idempotency_records select subject, method, path, 'copy ' || key || n, body_digest, status,
                    content_type, etag, location, body, created_at from idempotency_records, generate_series(1, 1000) n;
                create temporary table before as \(Self.tuplesRead);
                \(call(1, size: size))
                select now.sum - before.sum from before, (\(Self.tuplesRead)) now;
                """, on: url)
            XCTAssertEqual(read.status, 0, "\(read.lines)")
            XCTAssertLessThan(try XCTUnwrap(read.lines.last.flatMap { Int($0) }), 20, "\(size)")
        }
    }

    /// Statements are planned for the average owner. Here one has a thousand times as many rows.
    func test_the_rows_that_a_list_reads_do_not_grow_with_its_owner() async throws {
        let url = try await EphemeralServices.freshDatabase()
        try await store(on: url).migrate(to: nil)
        let (provider, customer) = (ProviderID(high: 3, low: 0), try XCTUnwrap(Subject("busy")))
        let filled = try await EphemeralServices.sql(
            """
            insert into bookings select gen_random_uuid(),
                case when n % 10 = 0 then '\(provider)' else md5('provider ' || n / 8)::uuid end,
                case when n % 10 = 1 then '\(customer.text)' else 'customer ' || n / 8 end, gen_random_uuid(),
                \(at(0).milliseconds) + n * 1000, \(at(0).milliseconds) + n * 1000 + 900, 'confirmed', 1, 1, 0, 0
            from generate_series(1::bigint, 20000) n order by md5(n::text);
            insert into booking_events select nextval('event_log_positions'), 'create', \(at(0).milliseconds), id,
                provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
                created_at, updated_at, null, null, null, 's', '', 'r' from bookings order by start_time;
            """, on: url)
        XCTAssertEqual(filled.status, 0)
        try await EphemeralServices.sql("vacuum analyze", on: url)
        let scopes = [BookingScope(provider: provider), BookingScope(customer: customer)]
        let both = BookingScope(provider: provider, customer: customer)
        let key = SortKey(instant: at(5), id: BookingID(high: 0, low: 0))
        let lists =
            scopes.map {
                ListStatement(BookingQuery(list: .upcoming, scope: $0, asOf: at(4)), .page(number: 1, limit: 10))
            }
            + scopes.map {
                ListStatement(BookingQuery(list: .past, scope: $0, asOf: at(19_000)), .page(number: 2, limit: 10))
            }
            + (scopes + [both]).map {
                ListStatement(BookingQuery(list: .all, scope: $0, asOf: at(4)), .after(key, limit: 10))
            }
        let statements =
            lists.map { ($0.statement, $0.parameters) }
            + (scopes + [both]).map {
                PostgresStore.eventsStatement(after: .start, in: $0, keptSince: at(0), limit: 10)
            }
        for (statement, parameters) in statements {
            let read = try await EphemeralServices.sql(
                """
                \(PlannerSettings.all.map { "set \($0.0) = \($0.1);" }.joined(separator: " "))
                set plan_cache_mode = force_generic_plan;
                prepare list as \(statement.sql);
                \(execution("list", parameters))
                \(Self.tuplesRead);
                """, on: url)
            XCTAssertEqual(read.status, 0, "\(read.lines)")
            XCTAssertGreaterThanOrEqual(read.lines.count, 11, statement.name)
            XCTAssertLessThan(try XCTUnwrap(read.lines.last.flatMap { Int($0) }), 50, statement.name)
        }
    }

    /// The number of rows that this transaction has read from the tables.
    private static let tuplesRead = """
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables where relname in
            ('bookings', 'reminders', 'booking_events', 'idempotency_records')
        """

    /// A call with `size` writes, which are others in each round.
    private func call(_ round: Int, size: Int) -> String {
        let writes = (1...UInt64(size)).map { provider in
            let start = 3600 + round * 3600
            let number = UInt64(round * 10) + provider
            return WriteColumns(
                creation(
                    of: booking(number, provider: provider, slot: slot(start, start + 60)),
                    idempotency: record("k \(number)")))
        }
        return execution("writes", WriteColumns.parameters(writes))
    }

    private func execution(_ name: String, _ parameters: [String?]) -> String {
        "execute \(name)(\(parameters.map { $0.map { "'\($0)'" } ?? "null" }.joined(separator: ", ")));"
    }
}
