extension Statements {
    /// A look-up without keys: all callers get the same row.
    static let head = PostgresStatement("head", "select head from event_log_head")

    /// The position of the newest event of a provider or a customer, whichever is later; a look-up.
    static let lastChange = PostgresStatement(
        "last_change",
        """
        select greatest(
            0, (select max(position) from booking_events where provider_id = k.provider),
            (select max(position) from booking_events where customer_id = k.customer)
        ), n from unnest($1::uuid[], $2::text[]) with ordinality as k (provider, customer, n)
        """)

    /// The floor and the head of the log, and the events after a position.
    static let tail = PostgresStatement(
        "tail",
        """
        select log.floor, log.head, slice.* from event_log_head as log left join lateral (
            select \(EventColumns.names) from booking_events where position > $1 order by position limit $2
        ) as slice on true order by slice.position
        """)

    /// The position just before the oldest readable event, and the head. Events that occurred before `$1` are not
    /// readable, nor are those that were trimmed.
    static let readable = """
        select coalesce(
            (
                select position - 1 from booking_events, event_log_head
                where position > floor and occurred_at >= $1 order by position limit 1
            ), head) as oldest, head from event_log_head
        """

    static let oldest = PostgresStatement("oldest", readable)

    /// Raises the floor, and deletes the events of reminders up to it; the others are the history of bookings.
    static let trim = PostgresStatement(
        "trim",
        """
        with readable as (\(readable)), before as (select floor from event_log_floor), raised as (
            update event_log_floor set floor = greatest(floor, readable.oldest) from readable returning floor
        )
        delete from booking_events using before, raised
        where position > before.floor and position <= raised.floor and lead_ms is not null
        """)
}
