extension Statements {
    static let nextDue = PostgresStatement("next_due", "select min(due_at) from reminders")

    /// Compares the minimum, which is the first entry of the index: `exists` is planned as a scan of the table.
    static let isDue = PostgresStatement("is_due", "select min(due_at) <= $1 from reminders")

    static let fire = PostgresStatement(
        "fire", "select event_position, outcome, lateness_ms from fire_due_reminders($1, $2, $3)")

    static let rearm = PostgresStatement(
        "rearm", "select seen, armed, dropped, last_start, last_id from rearm_reminders($1, $2, $3, $4, $5)")
}
