import Bookings

/// The statements whose text never changes.
enum Statements {
    // Look-ups: their keys are arrays. Each key's row is found by itself (`lateral`), so that no plan reads whole tables.

    static let booking = PostgresStatement(
        "booking",
        """
        select b.*, n from unnest($1::uuid[]) with ordinality as k (wanted, n)
        cross join lateral (select \(BookingColumns.names) from bookings where id = wanted limit 1) b
        """)

    static let record = PostgresStatement(
        "record",
        """
        select r.*, n from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
            with ordinality as k (wanted_subject, wanted_method, wanted_path, wanted_key, oldest, n)
        cross join lateral (
            select body_digest, status, content_type, etag, location, body, created_at from idempotency_records
            where subject = wanted_subject and method = wanted_method and path = wanted_path and key = wanted_key
                -- The sum keeps the index by age out, which would be walked through.
                and created_at + 0 >= oldest limit 1
        ) r
        """)

    static let head = PostgresStatement("head", "select head from event_log_head")

    /// The place of the last event that has one of the two.
    static let lastChange = PostgresStatement(
        "last_change",
        """
        select greatest(
            0, (select max(position) from booking_events where provider_id = k.provider),
            (select max(position) from booking_events where customer_id = k.customer)
        ), n from unnest($1::uuid[], $2::text[]) with ordinality as k (provider, customer, n)
        """)

    // Statements with parameters of their own.

    static let history = PostgresStatement(
        "history",
        """
        select booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
            created_at, updated_at, action, actor_subject, actor_roles, request_id
        from booking_events
        where booking_id = $1 and lead_ms is null and version >= $2 order by version limit $3
        """)

    /// One write. Comes to the same as a row of `writes`, and costs the database less.
    static let write = PostgresStatement(
        "write",
        """
        select * from write_booking(
            row($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)::bookings, $12, $13, $14, $15, $16, $17, $18,
            row($19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)::idempotency_records, $30)
        """)

    /// Takes an array for each column, see `WriteColumns`.
    static let writes = PostgresStatement(
        "writes",
        "select * from write_bookings(\((1...WriteColumns.count + 3).map { "$\($0)" }.joined(separator: ", ")))")

    /// The first record of a key wins, unless it has grown too old.
    static let keep = PostgresStatement(
        "keep",
        """
        insert into idempotency_records as kept
            (subject, method, path, key, body_digest, status, content_type, etag, location, body, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (subject, method, path, key) do update set
            body_digest = excluded.body_digest, status = excluded.status, content_type = excluded.content_type,
            etag = excluded.etag, location = excluded.location, body = excluded.body, created_at = excluded.created_at
        where kept.created_at < $12
        """)

    static let forget = PostgresStatement("forget", "delete from idempotency_records where created_at < $1")
    static let sealingKey = PostgresStatement("sealing_key", "select value from settings where name = 'sealing_key'")
    static let databaseIdentity = PostgresStatement(
        "database_identity",
        """
        select system_identifier || '/' || oid from pg_control_system(), pg_database where datname = current_database()
        """)
    static let databaseNumber = PostgresStatement(
        "database_number", "select oid::text from pg_database where datname = current_database()")
    static let hasMigrations = PostgresStatement(
        "has_migrations", "select to_regclass('schema_migrations') is not null")
    static let migrations = PostgresStatement("migrations", "select number::text, checksum from schema_migrations")
    static let isReadOnly = PostgresStatement(
        "is_read_only", "select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean")
    /// Writes 64 KiB, so much that it does not fit into what a full disk has left within its files.
    static let probeWrite = PostgresStatement(
        "probe_write",
        """
        insert into settings (name, value)
        select 'write_probe', decode(string_agg(md5(random()::text), ''), 'hex') from generate_series(1, 4096)
        on conflict (name) do update set value = excluded.value
        """)
    static let time = PostgresStatement(
        "time", "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint")
    static let nextDue = PostgresStatement("next_due", "select min(due_at) from reminders")
    /// By the least, which the index knows: a look for any is planned as a walk through the table.
    static let isDue = PostgresStatement("is_due", "select min(due_at) <= $1 from reminders")
    static let fire = PostgresStatement("fire", "select event_position, outcome, lateness_ms from fire_due($1, $2)")

    static let rearm = PostgresStatement(
        "rearm", "select seen, armed, dropped, last_start, last_id from rearm_reminders($1, $2, $3, $4, $5)")

    static let eventColumns = """
        position, action, occurred_at, lead_ms, due_at, late, booking_id, provider_id, customer_id, service_id, \
        start_time, end_time, status, version, times_version, created_at, updated_at
        """

    /// The floor and the head of the log, and the events after a position. One row has no event when there is none.
    static let tail = PostgresStatement(
        "tail",
        """
        select log.floor, log.head, slice.* from event_log_head as log left join lateral (
            select \(eventColumns) from booking_events where position > $1 order by position limit $2
        ) as slice on true order by slice.position
        """)

    /// The place just before the first event that is kept; `$1`: what occurred before it is gone.
    static let edge = """
        select coalesce(
            (
                select position - 1 from booking_events, event_log_head
                where position > floor and occurred_at >= $1 order by position limit 1
            ), head) as oldest, head from event_log_head
        """

    static let oldest = PostgresStatement("oldest", edge)

    static let trim = PostgresStatement(
        "trim",
        """
        with edge as (\(edge)), before as (select floor from event_log_floor), moved as (
            update event_log_floor set floor = greatest(floor, edge.oldest) from edge returning floor
        )
        delete from booking_events using before, moved
        where position > before.floor and position <= moved.floor and lead_ms is not null
        """)
}
