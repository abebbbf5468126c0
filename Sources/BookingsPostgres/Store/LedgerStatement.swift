import Bookings

/// A page of the ledger of reminders as one statement: a select for each outcome, whose rows are merged.
///
/// Each select follows an index in the ledger's order and ends at the limit, so that the work depends neither on the
/// length of the log nor on the number of reminders that wait.
struct LedgerStatement {
    /// The columns of an entry, in the order in which `PostgresStore.entry` reads them.
    static let columns = "booking_id, times_version, lead_ms, provider_id, due_at, outcome, recorded_at, recorded_by"
    private static let order = "order by due_at, booking_id, lead_ms, times_version"

    let statement: PostgresStatement
    let parameters: [String?]

    init(_ filter: ReminderFilter, after key: ReminderKey?, limit: Int) {
        var parameters = ParameterList()
        let bounds = Bounds(filter, after: key, limit: limit, &parameters)
        let selects = filter.accepted.map { "(\(Self.select($0, bounds)))" }
        let shape = filter.accepted.map { String($0.rawValue.prefix(1)) }.joined()
        statement = PostgresStatement(
            "ledger_\(shape)\(bounds.provider == nil ? "" : "_p")\(bounds.booking == nil ? "" : "_b")",
            "select \(Self.columns) from (\(selects.joined(separator: " union all "))) as entries "
                + "\(Self.order) limit \(bounds.limit)")
        self.parameters = parameters.values
    }

    /// The placeholders of the filters.
    private struct Bounds {
        let provider: String?
        let booking: String?
        let limit: String
        /// The earliest due instant.
        let first: String
        /// The instant before which reminders are due.
        let end: String
        /// The condition on a row of any of the tables.
        let range: String

        init(_ filter: ReminderFilter, after key: ReminderKey?, limit: Int, _ parameters: inout ParameterList) {
            provider = filter.providerID.map { parameters.bind($0.description) }
            booking = filter.bookingID.map { parameters.bind($0.description) }
            self.limit = parameters.bind("\(limit)") + "::bigint"
            end = parameters.bind("\(filter.to?.milliseconds ?? .max)") + "::bigint"
            // Without a key the first row is the first after the millisecond before the range.
            let key = key ?? .last(before: filter.from ?? .earliest - Reminder.longestLead)
            first = parameters.bind(key.dueAt) + "::bigint"
            let (booking, lead) = (key.identity.bookingID.description, "\(key.identity.lead.wholeMilliseconds)")
            let version = "\(key.identity.timesVersion)"
            range = """
                (due_at, booking_id, lead_ms, times_version) > (\(first), \(parameters.bind(booking))::uuid, \
                \(parameters.bind(lead))::bigint, \(parameters.bind(version))::integer) and due_at < \(end)
                """
        }
    }

    private static func select(_ outcome: ReminderEntry.Outcome, _ bounds: Bounds) -> String {
        switch outcome {
        case .waiting: waiting(bounds)
        // PostgreSQL does not infer that `late` is known from `not late`, as the condition of the indexes demands.
        case .fired: recorded("late is not null and late = false", as: outcome, bounds)
        case .late: recorded("late = true", as: outcome, bounds)
        case .missed:
            """
            select booking_id, times_version, lead_ms, provider_id, due_at, 'missed' as outcome, recorded_at, recorded_by
            from \(rows("missed_reminders", bounds)) \(order) limit \(bounds.limit)
            """
        }
    }

    private static func recorded(_ condition: String, as outcome: ReminderEntry.Outcome, _ bounds: Bounds) -> String {
        let original = "lead_ms is not null and first_recorded_at is null"
        return """
            select booking_id, times_version, lead_ms, provider_id, due_at, '\(outcome.rawValue)' as outcome,
                occurred_at as recorded_at, recorded_by
            from \(rows("booking_events", of: original, where: condition, bounds)) \(order) limit \(bounds.limit)
            """
    }

    /// The rows of a table with a provider that meet the conditions.
    private static func rows(
        _ table: String, of kind: String? = nil, where condition: String? = nil, _ bounds: Bounds
    ) -> String {
        let conditions = [condition, bounds.provider.map { "provider_id = \($0)" }, bounds.range].compactMap { $0 }
        guard let booking = bounds.booking else {
            return "\(table) where \(([kind].compactMap { $0 } + conditions).joined(separator: " and "))"
        }
        return "\(rows(table, of: kind, ofBooking: booking)) as rows where \(conditions.joined(separator: " and "))"
    }

    /// The rows of one booking, which are few. The subquery has an order and an offset so that it goes by the key, whatever
    /// is asked of the rows.
    private static func rows(_ table: String, of kind: String? = nil, ofBooking id: String) -> String {
        let conditions = ["booking_id = \(id)", kind].compactMap { $0 }.joined(separator: " and ")
        return "(select * from \(table) where \(conditions) order by times_version, lead_ms offset 0)"
    }

    // MARK: - Reminders that wait

    private static func waiting(_ bounds: Bounds) -> String {
        let columns = """
            r.booking_id, r.times_version, r.lead_ms, b.provider_id, r.due_at, 'waiting' as outcome,
                null::bigint as recorded_at, null::text as recorded_by
            """
        if let provider = bounds.provider, bounds.booking == nil {
            return """
                select \(columns) from bookings b
                cross join lateral (
                    select * from \(rows("reminders", ofBooking: "b.id")) own where \(bounds.range)
                ) r
                where b.provider_id = \(provider) and b.start_time >= \(start(bounds))
                    and b.start_time <= \(lastStart(provider, bounds)) \(order) limit \(bounds.limit)
                """
        }
        let ofProvider = bounds.provider.map { "where b.provider_id = \($0)" } ?? ""
        let reminders = bounds.booking.map { "\(rows("reminders", ofBooking: $0)) own" } ?? "reminders"
        return """
            select \(columns)
            from (select * from \(reminders) where \(bounds.range) \(order) limit \(bounds.limit)) r
            cross join lateral (select provider_id from bookings where id = r.booking_id limit 1) b \(ofProvider)
            """
    }

    /// No booking starts before its reminder is due, and none whose reminder waits before the first reminder.
    private static func start(_ bounds: Bounds) -> String {
        "greatest(\(bounds.first), coalesce((select min(due_at) from reminders), 0))"
    }

    /// The last start that has to be read: each of the first bookings of the provider, by start, has a reminder that is
    /// due before it starts, so what is due first starts at most the longest lead after the last of them.
    private static func lastStart(_ provider: String, _ bounds: Bounds) -> String {
        """
        coalesce((
            select c.start_time from bookings c
            cross join lateral (
                select 1 from \(rows("reminders", ofBooking: "c.id")) own where \(bounds.range) limit 1
            ) known
            where c.provider_id = \(provider) and c.start_time >= \(start(bounds))
            order by c.start_time, c.id limit 1 offset \(bounds.limit) - 1
        ), \(Timestamp.latest.milliseconds)) + \(Reminder.longestLead.wholeMilliseconds)
        """
    }
}
