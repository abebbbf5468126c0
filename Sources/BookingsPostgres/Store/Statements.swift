import Bookings

/// The statements whose text never changes. Each has one constant; those of the log and of reminders are in extensions.
enum Statements {
    // MARK: - Look-ups
    // Their parameters are arrays with an element for each caller, and the last column is the caller's number. Each row is
    // found by a lateral subquery with a limit: plain joins are planned for tables that are still empty, by reading all.

    static let booking = PostgresStatement(
        "booking",
        """
        select b.*, n from unnest($1::uuid[]) with ordinality as wanted (id, n)
        cross join lateral (select \(BookingColumns.names) from bookings where bookings.id = wanted.id limit 1) b
        """)

    static let record = PostgresStatement(
        "record",
        """
        select r.*, n from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
            with ordinality as wanted (subject, method, path, key, oldest, n)
        cross join lateral (
            select \(RecordColumns.names) from idempotency_records i
            where i.subject = wanted.subject and i.method = wanted.method and i.path = wanted.path
                and i.key = wanted.key
            limit 1
        ) r
        where r.created_at >= wanted.oldest
        """)

    // MARK: - Bookings

    static let history = PostgresStatement(
        "history",
        """
        select booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
            created_at, updated_at, action, actor_subject, actor_roles, request_id
        from booking_events
        where booking_id = $1 and lead_ms is null and version >= $2 order by version limit $3
        """)

    /// The slots that a provider holds from an instant on, in order, without those of one booking.
    static let heldSlots = PostgresStatement(
        "held_slots",
        """
        select start_time, end_time from bookings
        where provider_id = $1 and id <> $2 and holds_slot and start_time >= $3 order by start_time limit $4
        """)

    /// The last slot that a provider holds, without that of one booking.
    static let lastHeldSlot = PostgresStatement(
        "last_held_slot",
        """
        select start_time, end_time from bookings
        where provider_id = $1 and id <> $2 and holds_slot order by start_time desc limit 1
        """)

    /// Brings the counts of bookings up to the next events of the log, at most `$1`.
    static let foldCounts = PostgresStatement("fold_counts", "select fold_booking_counts($1)")

    /// One write or many; see `WriteColumns`.
    static let writes = PostgresStatement(
        "writes",
        "select * from write_bookings(\((1...WriteColumns.parameterCount).map { "$\($0)" }.joined(separator: ", ")))")

    // MARK: - Idempotency records

    /// Stores a record unless there is one that is newer than `$12`, or another transaction has locked the key.
    static let keep = PostgresStatement(
        "keep",
        """
        insert into idempotency_records as kept (subject, method, path, key, \(RecordColumns.names))
        select $1, $2, $3, $4, $5::bytea, $6::integer, $7, $8, $9, $10::bytea, $11::bigint
        where lock_idempotency_key($1, $2, $3, $4)
        on conflict on constraint idempotency_records_pkey do update set
            body_digest = excluded.body_digest, status = excluded.status, content_type = excluded.content_type,
            etag = excluded.etag, location = excluded.location, body = excluded.body, created_at = excluded.created_at
        where kept.created_at < $12
        """)

    /// Deletes at most `$3` of the records that were made from `$1` on and before `$2`, the oldest first. A record stays
    /// while a request with its key is being decided, so that no write waits for this statement.
    static let forget = PostgresStatement(
        "forget",
        """
        with expired as (
            select r.ctid as place from idempotency_records r
            where r.created_at >= $1 and r.created_at < $2
                and lock_idempotency_key(r.subject, r.method, r.path, r.key)
            order by r.created_at limit $3 for update skip locked
        ), deleted as (
            delete from idempotency_records where ctid = any(array(select place from expired)) returning created_at
        )
        select count(*), max(created_at) from deleted
        """)

    // MARK: - The database

    static let sealingKey = PostgresStatement("sealing_key", "select value from settings where name = 'sealing_key'")
    static let databaseIdentity = PostgresStatement(
        "database_identity",
        """
        select system_identifier || '/' || oid from pg_control_system(), pg_database where datname = current_database()
        """)
    static let databaseNumber = PostgresStatement(
        "database_number", "select oid::text from pg_database where datname = current_database()")
    static let isReadOnly = PostgresStatement(
        "is_read_only", "select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean")
    /// Writes 64 KiB, which does not fit into the free space within the files of a full disk.
    static let probeWrite = PostgresStatement(
        "probe_write",
        """
        insert into settings (name, value)
        select 'write_probe', decode(string_agg(md5(random()::text), ''), 'hex') from generate_series(1, 4096)
        on conflict (name) do update set value = excluded.value
        """)
    /// Milliseconds since 1970.
    static let time = PostgresStatement(
        "time", "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint")
}
