import Bookings

/// Totals by the counts of bookings (migration 0003).
extension ListStatement.Parts {
    /// The columns of `totals` for an owner whose bookings may be counted.
    ///
    /// Parts that are not needed are not executed: PostgreSQL evaluates a subquery without references to its surroundings
    /// when its value is used for the first time.
    mutating func countedTotals(
        _ listed: [String], _ plan: TotalPlan, limit: Int, changesAt: String
    ) -> String {
        let key = parameters.bind(plan.owner.key)
        let counted = [counts(plan, of: key), laterChanges(plan)] + plan.boundsOfRead.map { read(listed, in: $0) }
        let maximum = parameters.bind("\(limit)")
        let first = "select 1 from \(rowsOfOwner("bookings", listed)) limit \(maximum)"
        // What a provider has as a customer of others.
        let others = scope.alternatives.dropFirst().map { alternative in
            " + (select count(*) from bookings where \(([alternative] + listed).joined(separator: " and ")))"
        }
        return """
            select owned\(others.joined()) as total, \(changesAt) as changes_at,
                is_counted or owned < \(maximum) as is_complete,
                case when is_counted then (select head from event_log_head) - \(Self.progress) end as behind
            from (
                select is_counted, case when is_counted then \(counted.joined(separator: " + "))
                    else (select count(*) from (\(first)) as first) end as owned
                from (select exists (select from counted_owners where owner = \(key)) as is_counted offset 0) as known
                offset 0
            ) as counted
            """
    }

    private static let progress = "(select position from booking_counts_progress where id = 1)"

    /// The owner's rows of a table that meet the conditions.
    private func rowsOfOwner(_ table: String, _ conditions: [String]) -> String {
        let owned = [scope.alternatives[0]] + conditions
        return "(select * from \(table) where \(owned.joined(separator: " and "))) as \(table)"
    }

    /// The sum of the counts that the plan names.
    private mutating func counts(_ plan: TotalPlan, of owner: String) -> String {
        let ranges = plan.counts
        let levels = bindArray(ranges.map { Int64($0.level) })
        let firsts = bindArray(ranges.map(\.numbers.lowerBound))
        let ends = bindArray(ranges.map(\.numbers.upperBound))
        return """
            (select coalesce(sum(bookings), 0)::bigint
            from unnest(\(levels)::smallint[], \(firsts)::bigint[], \(ends)::bigint[]) as span (level, first, after)
            cross join lateral (
                select bookings from booking_counts where owner = \(owner) and level = span.level
                    and number >= span.first and number < span.after and status = any(\(statuses(plan)))
            ) as counts)
            """
    }

    /// What the events that the counts do not contain yet add to them.
    private mutating func laterChanges(_ plan: TotalPlan) -> String {
        let (first, end) = (parameters.bind(plan.counted.lowerBound), parameters.bind(plan.counted.upperBound))
        let statuses = statuses(plan)
        let isCounted = { (row: String) in
            "\(row).start_time >= \(first) and \(row).start_time < \(end) and \(row).status = any(\(statuses))"
        }
        let later = rowsOfOwner(
            "booking_events", condition(of: plan.owner) + ["position > \(Self.progress)", "lead_ms is null"])
        return """
            (select count(*) filter (where \(isCounted("booking_events"))) - count(*) filter (where \(isCounted("before")))
            from \(later) left join lateral (
                select b.start_time, b.status from booking_events b
                where b.booking_id = booking_events.booking_id and b.version = booking_events.version - 1
                    and b.lead_ms is null
                limit 1
            ) as before on booking_events.version > 1)
            """
    }

    private mutating func condition(of owner: CountedOwner) -> [String] {
        switch owner {
        case .everybody: []
        case .provider(let id): ["provider_id = \(parameters.bind(id.description))"]
        case .customer(let subject): ["customer_id = \(parameters.bind(subject.text))"]
        }
    }

    /// The number of bookings that start in the range, which are read.
    private mutating func read(_ listed: [String], in starts: Range<Timestamp>) -> String {
        let (first, end) = (parameters.bind(starts.lowerBound), parameters.bind(starts.upperBound))
        let bounds = ["start_time >= \(first)", "start_time < \(end)"]
        return "(select count(*) from \(rowsOfOwner("bookings", listed + bounds)))"
    }

    private mutating func statuses(_ plan: TotalPlan) -> String {
        parameters.bind("{\(plan.statuses.map(\.rawValue).joined(separator: ","))}") + "::text[]"
    }

    private mutating func bindArray(_ values: [Int64]) -> String {
        parameters.bind("{\(values.map { "\($0)" }.joined(separator: ","))}")
    }
}

extension TotalPlan {
    /// The ranges of starts to read: always two, so that the text of a statement does not depend on them.
    fileprivate var boundsOfRead: [Range<Timestamp>] {
        let none = Timestamp.earliest..<Timestamp.earliest
        return (0..<2).map { $0 < read.count ? read[$0] : none }
    }
}
