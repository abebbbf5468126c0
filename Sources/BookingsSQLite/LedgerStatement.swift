import Bookings
import GRDB

/// A page of the ledger of reminders as one statement: a select for each outcome, whose rows are merged.
///
/// Each select follows an index in the ledger's order and ends at the limit, so that the work depends neither on the
/// length of the log nor on the number of reminders that wait.
struct LedgerStatement {
    private static let columns = """
        booking_id, times_version, lead_ms, provider_id, due_at, outcome, recorded_at, recorded_by
        """
    private static let order = "order by due_at, booking_id, lead_ms, times_version"
    /// The condition on a row of any of the tables.
    private static let range = range(of: "")

    private static func range(of table: String) -> String {
        let columns = ["due_at", "booking_id", "lead_ms", "times_version"].map { table + $0 }.joined(separator: ", ")
        return "(\(columns)) > (:due, :key, :lead, :version) and \(table)due_at < :end"
    }

    let sql: String
    let arguments: StatementArguments

    init(_ filter: ReminderFilter, after key: ReminderKey?, limit: Int) {
        let selects = filter.accepted.map { "select * from (\(Self.select($0, filter)))" }
        sql = "\(selects.joined(separator: " union all ")) \(Self.order) limit :limit"
        // Without a key the first row is the first after the millisecond before the range.
        let key = key ?? .last(before: filter.from ?? .earliest - Reminder.longestLead)
        var arguments: [String: (any DatabaseValueConvertible)?] = [
            "due": key.dueAt.milliseconds, "key": key.identity.bookingID.description,
            "lead": key.identity.lead.wholeMilliseconds, "version": key.identity.timesVersion,
            "end": filter.to?.milliseconds ?? .max, "limit": limit,
        ]
        if let provider = filter.providerID { arguments["provider"] = provider.description }
        if let booking = filter.bookingID { arguments["booking"] = booking.description }
        if filter.providerID != nil, filter.bookingID == nil, filter.accepted.contains(.waiting) {
            arguments["skipped"] = limit - 1
        }
        self.arguments = StatementArguments(arguments)
    }

    private static func select(_ outcome: ReminderEntry.Outcome, _ filter: ReminderFilter) -> String {
        let original = "lead_ms is not null and first_recorded_at is null"
        return switch outcome {
        case .waiting: waiting(filter)
        case .fired:
            recorded(
                "booking_events", "\(original) and late = 0", as: outcome, at: "occurred_at", "booking_events_by",
                filter)
        case .late:
            recorded(
                "booking_events", "\(original) and late = 1", as: outcome, at: "occurred_at", "booking_events_by",
                filter)
        case .missed:
            recorded("missed_reminders", "true", as: outcome, at: "recorded_at", "missed_reminders_by", filter)
        }
    }

    /// Names the index, because SQLite has no statistics to choose it by.
    private static func recorded(
        _ table: String, _ condition: String, as outcome: ReminderEntry.Outcome, at instant: String, _ index: String,
        _ filter: ReminderFilter
    ) -> String {
        var conditions = [condition, range]
        if filter.providerID != nil { conditions.append("provider_id = :provider") }
        if filter.bookingID != nil { conditions.append("booking_id = :booking") }
        let isEvent = table == "booking_events"
        let name =
            filter.bookingID != nil
            ? (isEvent ? "indexed by booking_events_one_original" : "")
            : "indexed by \(index)_\(filter.providerID == nil ? "due" : isEvent ? "provider_and_due" : "provider")"
        return """
            select booking_id, times_version, lead_ms, provider_id, due_at, '\(outcome.rawValue)' as outcome,
                \(instant) as recorded_at, recorded_by
            from \(table) \(name) where \(conditions.joined(separator: " and ")) \(order) limit :limit
            """
    }

    // MARK: - Reminders that wait

    private static func waiting(_ filter: ReminderFilter) -> String {
        let columns = """
            r.booking_id, r.times_version, r.lead_ms, b.provider_id, r.due_at, 'waiting' as outcome,
                null as recorded_at, null as recorded_by
            """
        if filter.providerID != nil, filter.bookingID == nil {
            return """
                select \(columns) from bookings b indexed by bookings_by_provider
                cross join reminders r on r.booking_id = b.id and \(range(of: "r."))
                where b.provider_id = :provider and b.start_time >= \(start) and b.start_time <= \(lastStart)
                order by r.due_at, r.booking_id, r.lead_ms, r.times_version limit :limit
                """
        }
        let ofProvider = filter.providerID == nil ? "" : "where b.provider_id = :provider"
        let ofBooking = filter.bookingID == nil ? "" : "booking_id = :booking and "
        return """
            select \(columns)
            from (select * from reminders where \(ofBooking)\(range) \(order) limit :limit) r
            cross join bookings b on b.id = r.booking_id \(ofProvider)
            """
    }

    /// No booking starts before its reminder is due, and none whose reminder waits before the first reminder.
    private static let start = "max(:due, coalesce((select min(due_at) from reminders), 0))"

    /// The last start that has to be read: each of the first bookings of the provider, by start, has a reminder that is
    /// due before it starts, so what is due first starts at most the longest lead after the last of them.
    private static let lastStart = """
        coalesce((
            select c.start_time from bookings c indexed by bookings_by_provider
            where c.provider_id = :provider and c.start_time >= \(start)
                and exists (select 1 from reminders where booking_id = c.id and \(range))
            order by c.start_time, c.id limit 1 offset :skipped
        ), \(Timestamp.latest.milliseconds)) + \(Reminder.longestLead.wholeMilliseconds)
        """
}
