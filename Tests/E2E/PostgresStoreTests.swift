import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres
@testable import BookingsRuntime

/// The contract of every store, kept by PostgreSQL; and what several replicas on one database may rely on.
final class PostgresStoreTests: XCTestCase {
    func test_it_keeps_the_contract_of_every_store() async throws {
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

    func test_three_replicas_that_start_at_once_apply_each_migration_once() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let stores = (0..<3).map { _ in store(on: url) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores { group.addTask { try await store.migrate(to: nil) } }
            try await group.waitForAll()
        }
        let applied = try await EphemeralServices.sql("select count(*) from schema_migrations", on: url)
        XCTAssertEqual(applied.lines, ["4"])
        let keys = try await EphemeralServices.sql("select count(*) from settings", on: url)
        XCTAssertEqual(keys.lines, ["1"])
    }

    func test_of_two_hundred_overlapping_writes_over_three_replicas_one_is_written() async throws {
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

    func test_a_thousand_touching_writes_over_three_replicas_are_all_written_without_a_gap_in_the_log() async throws {
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

    func test_an_overlap_is_refused_by_the_table_itself() async throws {
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

    func test_what_the_url_says_of_a_session_counts() async throws {
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

    func test_a_connection_that_the_server_ends_costs_no_statement() async throws {
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

    func test_a_write_that_the_database_refuses_takes_none_of_its_batch_with_it() async throws {
        let url = try await EphemeralServices.freshDatabase()
        let store = store(on: url)
        try await store.migrate(to: nil)
        let written = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                // Longer than a day: no use case lets it through, the table refuses it.
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

    // MARK: - A write alone and in a group

    private func record(_ key: String, at now: Timestamp = at(0)) -> IdempotencyRecord {
        IdempotencyRecord(
            key: IdempotencyKey(subject: subject("ann"), method: "POST", path: "/bookings", key: key),
            bodyDigest: [1, 2, 3],
            answer: StoredAnswer(
                status: 201, contentType: "application/json", etag: nil, location: "/x", body: Array("\(now)".utf8)),
            createdAt: now)
    }

    private func booking(
        _ number: UInt64, provider: UInt64, customer: String? = nil, slot: TimeSlot = slot(3600, 7200),
        status: BookingStatus = .confirmed, at now: Timestamp = at(0)
    ) -> Booking {
        aBooking(
            number, provider: ProviderID(high: 0, low: provider), customer: customer.map { subject($0) }, slot: slot,
            status: status, at: now)
    }

    /// Writes of every outcome, in rounds of writes that do not depend on each other.
    private func everyOutcome() throws -> [[BookingWrite]] {
        let day = 24 * 3600
        let first = booking(1, provider: 1, customer: #"a "quoted", {braced}"#)
        let second = booking(2, provider: 2, status: .pending)
        let moved = try change(second, .reschedule(to: slot(9000, 9600)), at: at(30))
        let cancelled = try change(booking(99, provider: 4), .cancel, at: at(20))
        return [
            [
                creation(of: first, plan: ReminderPlan(leads: [.seconds(600), .seconds(60)])),
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

    private func everything(in url: String) async throws -> [String] {
        let tables = ["bookings", "reminders", "booking_events", "idempotency_records"]
        let all = tables.map { "select t::text from \($0) t order by 1" }
        return try await EphemeralServices.sql(all.joined(separator: ";"), on: url).lines
    }

    func test_a_write_comes_to_the_same_alone_and_in_a_group() async throws {
        let urls = [try await EphemeralServices.freshDatabase(), try await EphemeralServices.freshDatabase()]
        let (alone, grouped) = (store(on: urls[0]), store(on: urls[1]))
        for store in [alone, grouped] { try await store.migrate(to: nil) }
        var words: [String] = []
        for writes in try everyOutcome().map({ $0.map(WriteColumns.init) }) {
            var single: [[[UInt8]?]] = []
            for write in writes {
                single += outcomes(try await alone.pool.write(Statements.write, write.parameters))
            }
            let together = outcomes(
                try await grouped.pool.write(Statements.writes, WriteColumns.parameters(writes)))
            XCTAssertEqual(single, together)
            words += single.map { String(decoding: $0[0] ?? [], as: UTF8.self) }
        }
        XCTAssertEqual(
            words,
            [
                "written", "written", "written", "written", "written", "taken", "decided", "stale", "written",
                "written", "written", "written", "taken",
            ])
        let contents = try await everything(in: urls[0])
        let others = try await everything(in: urls[1])
        XCTAssertEqual(contents, others)
        XCTAssertFalse(contents.isEmpty)
    }

    /// A connection makes its plans when it writes first, and that is when the tables are empty. Afterwards they hold,
    /// among others, a thousand slots of the same day.
    func test_what_a_write_reads_does_not_grow_with_the_tables() async throws {
        for size in 1...2 {
            let url = try await EphemeralServices.freshDatabase()
            try await store(on: url).migrate(to: nil)
            let read = try await EphemeralServices.sql(
                """
                prepare write as \(Statements.write.sql);
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

    /// Plans are made for what providers have on average; one of them may have a thousand times as much.
    func test_what_a_list_reads_does_not_grow_with_its_owner() async throws {
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
                \(ConnectionSettings.planning.map { "set \($0.0) = \($0.1);" }.joined(separator: " "))
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

    /// How many rows this transaction has read from the tables.
    private static let tuplesRead = """
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables where relname in
            ('bookings', 'reminders', 'booking_events', 'idempotency_records')
        """

    /// Calls for so many writes as one; `round` tells them from each other.
    private func call(_ round: Int, size: Int) -> String {
        let writes = (1...UInt64(size)).map { provider in
            let start = 3600 + round * 3600
            let number = UInt64(round * 10) + provider
            return WriteColumns(
                creation(
                    of: booking(number, provider: provider, slot: slot(start, start + 60)),
                    idempotency: record("k \(number)")))
        }
        let (name, parameters) =
            size == 1 ? ("write", writes[0].parameters) : ("writes", WriteColumns.parameters(writes))
        return execution(name, parameters)
    }

    private func execution(_ name: String, _ parameters: [String?]) -> String {
        "execute \(name)(\(parameters.map { $0.map { "'\($0)'" } ?? "null" }.joined(separator: ", ")));"
    }
}
