import Bookings

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

    /// The lowest of the positions that callers ask for, the head of the log, and the owners of the events between them,
    /// unless there are too many; a look-up whose rows all callers get.
    static let changes = PostgresStatement(
        "changes",
        """
        select start.position, log.head, slice.* from (select head from event_log_head offset 0) as log
        cross join (select min(p) as position from unnest($1::bigint[]) as p) as start
        left join lateral (
            select e.position, e.provider_id, e.customer_id from booking_events e
            where e.position > start.position and log.head <= start.position + \(LogChanges.maximumSpan)
            order by e.position limit \(LogChanges.maximumSpan)
        ) as slice on true order by slice.position
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
    static let readable = "select oldest_readable($1) as oldest, head from event_log_head"

    static let oldest = PostgresStatement("oldest", readable)

    /// Raises the floor over at most `$2` events, and deletes the events of reminders among them.
    static let trim = PostgresStatement("trim", "select trim_event_log($1, $2)")
}
