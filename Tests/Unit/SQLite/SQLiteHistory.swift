import GRDB
import GRDBSQLite
import TestSupport

@testable import Bookings
@testable import BookingsSQLite

/// A store in memory that holds a long history: nine of ten bookings lie in the past, with events older than the retention
/// and expired idempotency records. The numbers of all rows grow with `size`.
struct SQLiteHistory: LongHistory {
    /// The number of bookings besides those of `crowded` and `rescheduled`.
    let size: Int
    let store: SQLiteStore
    /// The position of the newest event.
    let head: LogPosition

    /// Has a cancelled booking for each of those of `crowded`.
    static let cancelling = ProviderID(high: 3, low: 2)

    /// Creates the store and fills it.
    static func fill(size: Int) async throws -> SQLiteHistory {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        try await store.write { try $0.execute(sql: rows(size)) }
        return SQLiteHistory(size: size, store: store, head: try await store.head())
    }

    /// The number of pages that the work reads, those in the cache included.
    func pages(_ work: (SQLiteStore) async throws -> Void) async throws -> Int {
        _ = try await takePages()
        try await work(store)
        return try await takePages()
    }

    private func takePages() async throws -> Int {
        try await store.read { database in
            [SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS].reduce(0) { sum, counter in
                var (current, highest): (Int32, Int32) = (0, 0)
                sqlite3_db_status(database.sqliteConnection, counter, &current, &highest, 1)
                return sum + Int(current)
            }
        }
    }

    private static func rows(_ size: Int) -> String {
        let (now, kept) = (now.milliseconds, keptSince.milliseconds)
        let columns = """
            id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at,
            updated_at
            """
        let id = { (kind: Int) in "printf('00000000-0000-00\(kind)-0000-%012x', n)" }
        let copied = """
            booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
            created_at, updated_at
            """
        let series =
            "(with recursive s (n) as (select 1 union all select n + 1 from s where n < \(size)) select n from s)"
        return """
            create temporary table made as select n, n <= \(size) * 9 / 10 as is_past,
                \(kept) - (\(size) - n) * 1000 + case when n <= \(size) * 9 / 10 then 0 else 86400000 end as made_at
            from \(series);
            insert into bookings select \(id(10)),
                case when n % 10 = 0 then '\(busyProvider)' else printf('00000000-0000-0020-0000-%012x', n / 8) end,
                case when n % 10 = 1 then '\(busyCustomer.text)' else 'customer ' || (n / 8) end, '\(aService)',
                case when is_past then made_at else \(now) + n * 600000 end,
                case when is_past then made_at else \(now) + n * 600000 end + 300000,
                case when is_past then 'completed' else 'confirmed' end, 1, 1, made_at, made_at
            from made;
            insert into booking_events (position, action, occurred_at, \(copied), lead_ms, due_at, late, actor_subject,
                actor_roles, request_id)
            select row_number() over (order by created_at, id, kind.lead), action, created_at, \(columns), lead, lead,
                lead, 's', '', 'r'
            from bookings join (select 'create' as action, null as lead union all select null, 600000) kind
            where lead is null or start_time < \(now);
            insert into bookings select \(id(30)), '\(crowded)', 'customer ' || (n / 8), '\(aService)',
                \(now) + n * 300000, \(now) + (n + 1) * 300000, 'confirmed', 1, 1, \(now) - 1000, \(now) - 1000
            from \(series) where n <= \(size / 4);
            insert into bookings select \(id(40)), '\(cancelling)', 'customer ' || (n / 8), '\(aService)',
                \(now) + n, \(now) + n + 300000, 'cancelled', 1, 1, \(now) - 1000, \(now) - 1000
            from \(series) where n <= \(size / 4);
            insert into bookings values ('\(rescheduled)', '\(aProvider)', 'ann', '\(aService)', \(now), \(now) + 1000,
                'cancelled', \(size / 40), \(size / 40), \(now) - 1000, \(now) - 1000);
            insert into booking_events (position, action, occurred_at, \(copied), actor_subject, actor_roles, request_id)
            select (select max(position) from booking_events) + row_number() over (order by provider_id, start_time),
                'create', created_at, \(columns), 's', '', 'r'
            from bookings where provider_id in ('\(crowded)', '\(cancelling)');
            insert into booking_events (position, action, occurred_at, \(copied), actor_subject, actor_roles, request_id)
            select (select max(position) from booking_events) + n, 'reschedule', created_at, id, provider_id, customer_id,
                service_id, start_time, end_time, status, n, n, created_at, updated_at, 's', '', 'r'
            from \(series) join bookings on n <= \(size / 40) and id = '\(rescheduled)';
            insert into reminders select id, 1, 600000, \(now) - 1000, \(now) - 2000 from bookings
                where provider_id = '\(crowded)';
            insert into reminders select id, 1, 600000, start_time - 600000, created_at from bookings
                where start_time > \(now) + 600000 and status = 'confirmed' and provider_id <> '\(crowded)';
            insert into idempotency_records select 'ann', 'POST', '/bookings', 'key ' || n, x'00', 201,
                'application/json', null, '/', x'00', \(now) + (n - \(size) * 9 / 10) * 1000 - 86400000
            from \(series);
            update event_log_head set head = (select max(position) from booking_events),
                floor = (select max(position) from booking_events where occurred_at < \(kept)) - 50;
            """
    }
}
