import Bookings
import BookingsPostgres
import TestSupport
import XCTest

/// A PostgreSQL database that holds a long history: nine of ten bookings lie in the past, with events older than the
/// retention and expired idempotency records. The numbers of all rows grow with `size`.
struct LargeHistory: LongHistory {
    /// The number of bookings besides those of `crowded` and `rescheduled`.
    let size: Int
    let url: String
    /// The position of the newest event.
    let head: LogPosition

    /// A booking of `crowded`.
    static let one = BookingID(high: 7, low: 2)

    /// Fills an empty database with the schema.
    static func fill(_ url: String, size: Int) async throws -> LargeHistory {
        let filled = try await EphemeralServices.sql(rows(size), on: url)
        XCTAssertEqual(filled.status, 0, "\(filled.lines)")
        let owners = [CountedOwner.everybody, .provider(busyProvider), .customer(busyCustomer)]
        for owner in owners {
            try await EphemeralServices.sql("select count_owner('\(owner.key)')", on: url)
        }
        try await EphemeralServices.sql("vacuum analyze", on: url)
        let head = try await EphemeralServices.sql("select head from event_log_head", on: url)
        return LargeHistory(size: size, url: url, head: LogPosition(try XCTUnwrap(Int64(head.lines.first ?? ""))))
    }

    /// The past bookings were made in the seconds before the retention, the others since. One event in two of the past is a
    /// reminder's. The floor of the log is 50 positions before the oldest readable event.
    private static func rows(_ size: Int) -> String {
        let (now, kept) = (now.milliseconds, keptSince.milliseconds)
        let columns = """
            id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version, created_at,
            updated_at
            """
        return """
            set work_mem = '256MB';
            create temporary table made as select n, md5('booking ' || n)::uuid as id,
                case when n % 10 = 0 then '\(busyProvider)' else md5('provider ' || n / 8)::uuid end as provider_id,
                case when n % 10 = 1 then '\(busyCustomer.text)' else 'customer ' || n / 8 end as customer_id,
                md5('service')::uuid as service_id, n <= \(size) * 9 / 10 as is_past,
                \(kept) - (\(size)::bigint - n) * 1000 + case when n <= \(size) * 9 / 10 then 0 else 86400000 end as at
            from generate_series(1::bigint, \(size)) n;
            insert into bookings select id, provider_id, customer_id, service_id,
                case when is_past then at else \(now) + n * 600000 end,
                case when is_past then at else \(now) + n * 600000 end + 300000,
                case when is_past then 'completed' else 'confirmed' end, 1, 1, at, at
            from made;
            insert into booking_events select nextval('event_log_positions'), action, created_at, \(columns), lead, due,
                due is null, case when lead is null then 's' end, case when lead is null then '' end,
                case when lead is null then 'r' end
            from (
                select b.*, kind.* from bookings b
                cross join (values ('create', null::bigint, null::bigint), (null, 600000, 0)) as kind (action, lead, due)
                where lead is null or b.start_time < \(now)
                order by created_at, id, lead nulls first
            ) b;
            insert into bookings select case when n = 1 then '\(one)'::uuid else md5('crowded ' || n)::uuid end,
                '\(crowded)', 'customer ' || n / 8, md5('service')::uuid, \(now) + n * 300000,
                \(now) + (n + 1) * 300000, 'confirmed', 1, 1, \(now) - 1000, \(now) - 1000
            from generate_series(1::bigint, \(size / 4)) n;
            insert into bookings values ('\(rescheduled)', md5('provider')::uuid, 'ann', md5('service')::uuid, \(now),
                \(now) + 1000, 'cancelled', \(size / 40), \(size / 40), \(now) - 1000, \(now) - 1000);
            insert into booking_events select nextval('event_log_positions'), 'create', created_at, \(columns), null, null,
                null, 's', '', 'r' from bookings where provider_id = '\(crowded)' order by start_time;
            insert into booking_events select nextval('event_log_positions'), 'reschedule', created_at, id, provider_id,
                customer_id, service_id, start_time, end_time, status, n, n, created_at, updated_at, null, null, null, 's',
                '', 'r' from bookings, generate_series(1, version) n where id = '\(rescheduled)';
            insert into reminders select id, 1, 600000, \(now) - 1000, \(now) - 2000 from bookings
                where provider_id = '\(crowded)';
            insert into reminders select id, 1, 600000, start_time - 600000, created_at from bookings
                where start_time > \(now) + 600000 and provider_id <> '\(crowded)';
            insert into idempotency_records select 'ann', 'POST', '/bookings', 'key ' || n, '\\x00', 201,
                'application/json', null, '/', '\\x00', \(now) + (n - \(size) * 9 / 10) * 1000 - 86400000
            from generate_series(1::bigint, \(size)) n;
            update event_log_floor set floor = -50 +
                (select max(position) from booking_events where occurred_at < \(kept));
            """
    }
}
