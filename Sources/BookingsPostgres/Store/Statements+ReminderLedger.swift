extension Statements {
    static let reminderKinds = PostgresStatement(
        "reminder_kinds", "select times_version, lead_ms from reminder_kinds order by lead_ms, times_version")

    /// The recorded reminders among those of the arrays, as entries of the ledger.
    static let recordedReminders = PostgresStatement(
        "recorded_reminders",
        """
        select e.* from unnest($1::uuid[], $2::integer[], $3::bigint[]) as wanted (booking, version, lead)
        cross join lateral (
            select booking_id, times_version, lead_ms, provider_id, due_at, case when late then 'late' else 'fired' end,
                occurred_at, recorded_by
            from booking_events
            where booking_id = wanted.booking and times_version = wanted.version and lead_ms = wanted.lead
                and first_recorded_at is null
            limit 1
        ) e
        """)

    static let replay = PostgresStatement(
        "replay", "select outcome, event_position from replay_reminder($1, $2, $3, $4)")
}
