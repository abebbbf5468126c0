import Bookings

extension Statements {
    /// The columns of a booking, and behind them: the id of an overlapping booking, the reminders that wait and those that
    /// were recorded as `AuditColumns` reads them, a summary of the changes, and the booking as its newest change left it.
    static let audited = PostgresStatement(
        "audited",
        """
        select b.*, conflict.id, waiting.text, recorded.text, changes.*, result.*
        from (select \(BookingColumns.names), holds_slot from bookings where id > $1 order by id limit $2) b
        left join lateral (
            select c.id from bookings c
            where b.holds_slot and c.provider_id = b.provider_id and c.holds_slot and c.start_time >= b.start_time
                and c.start_time < b.end_time and c.id <> b.id and (c.start_time > b.start_time or c.id > b.id)
            order by c.start_time, c.id limit 1
        ) conflict on true
        cross join lateral (
            select string_agg(concat_ws(':', r.times_version, r.lead_ms, r.due_at, r.armed_at), ',') as text
            from (
                select * from reminders where booking_id = b.id order by times_version, lead_ms
                limit \(AuditedBooking.maximumChanges)
            ) r
        ) waiting
        cross join lateral (
            select string_agg(concat_ws(':', e.times_version, e.lead_ms, e.due_at, e.occurred_at), ',') as text
            from (
                select * from booking_events
                where booking_id = b.id and lead_ms is not null and first_recorded_at is null
                order by times_version desc, lead_ms desc limit \(AuditedBooking.maximumChanges)
            ) e
        ) recorded
        cross join lateral (
            select count(*), coalesce(min(e.version), 0) as first, coalesce(max(e.version), 0) as last,
                coalesce(
                    bool_and(
                        e.provider_id = b.provider_id and e.service_id = b.service_id and e.created_at = b.created_at
                        and e.customer_id is not distinct from b.customer_id), true)
            from (
                select * from booking_events where booking_id = b.id and lead_ms is null
                order by version desc limit \(AuditedBooking.maximumChanges)
            ) e
        ) changes
        left join lateral (
            select booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version, times_version,
                created_at, updated_at
            from booking_events where booking_id = b.id and version = b.version and lead_ms is null
            order by position desc limit 1
        ) result on true
        order by b.id
        """)

    /// The position of each of the next events of the log, and its booking when that does not exist.
    static let auditedEvents = PostgresStatement(
        "audited_events",
        """
        select e.position, case when b.id is null then e.booking_id end
        from (select position, booking_id from booking_events where position > $1 order by position limit $2) e
        left join lateral (select id from bookings where bookings.id = e.booking_id limit 1) b on true
        order by e.position
        """)
}
