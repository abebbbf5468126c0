import Bookings

/// A query for a list as one statement, so that rows, total and the next change are of one snapshot.
struct ListStatement {
    /// How a page's total is determined.
    enum Total: Hashable, Sendable {
        /// By reading each booking of the list.
        case read
        /// By the counts of the owner's bookings; by reading bookings, at most `limit`, while there are no counts.
        case counted(TotalPlan, limit: Int)
    }

    /// The number of columns of a page before those of the booking.
    static let columnsOfTotals = 4

    let statement: PostgresStatement
    let parameters: [String?]

    /// The parts of a statement, as they are collected.
    struct Parts {
        let query: BookingQuery
        var parameters = ParameterList()
        let scope: ScopeConditions
        /// Distinguishes the names of prepared statements: a letter for each condition.
        var shape: String
        /// The conditions that hold at any instant.
        var conditions: [String] = []

        init(_ query: BookingQuery) {
            self.query = query
            scope = ScopeConditions(query.scope, &parameters)
            shape = scope.shape
        }

        /// The rows that meet the conditions, as an item of `from`; see `ScopeConditions.rows`.
        func rows(_ conditions: [String], first: String = "") -> String {
            scope.rows(of: "bookings", where: conditions, first: first)
        }

        mutating func add(_ letter: String, _ condition: String) {
            shape += letter
            conditions.append(condition)
        }
    }

    init(_ query: BookingQuery, _ content: PageContent, total: Total = .read) {
        var parts = Parts(query)
        parts.addFilter()
        let conditions = parts.conditionsOfList()
        switch content {
        case .page(let number, let limit):
            statement = parts.page(conditions, number: number, limit: limit, total)
        case .after(let key, let limit):
            statement = parts.rows(conditions, after: key, limit: limit)
        }
        parameters = parts.parameters.values
    }
}

extension ListStatement.Parts {
    fileprivate mutating func addFilter() {
        if query.list != .all { conditions.append("status not in ('cancelled', 'declined')") }
        let filter = query.filter
        if !filter.statuses.isEmpty {
            let names = filter.statuses.map(\.rawValue).sorted().joined(separator: ",")
            add("s", "status = any(\(parameters.bind("{\(names)}"))::text[])")
        }
        if let provider = filter.providerID { add("P", "provider_id = \(parameters.bind(provider.description))") }
        if let customer = filter.customerID { add("C", "customer_id = \(parameters.bind(customer.text))") }
        if let service = filter.serviceID { add("S", "service_id = \(parameters.bind(service.description))") }
        if let from = filter.from { add("f", "end_time > \(parameters.bind(from))") }
        if let to = filter.to { add("t", "start_time < \(parameters.bind(to))") }
    }

    /// Returns the conditions with those of the list's instant.
    fileprivate mutating func conditionsOfList() -> [String] {
        switch query.list {
        case .all: return conditions
        case .upcoming:
            shape += "u"
            return conditions + [notEnded()]
        case .past:
            shape += "d"
            let now = parameters.bind(query.asOf)
            return conditions + ["end_time <= \(now) and start_time < \(now)"]
        }
    }

    /// No booking lasts longer than a day. The condition on the start is implied, and lets a scan of the index begin there.
    fileprivate mutating func notEnded() -> String {
        let dayAgo = parameters.bind(query.asOf - TimeSlot.longest)
        return "end_time > \(parameters.bind(query.asOf)) and start_time > \(dayAgo)"
    }

    private var field: String { query.sort.field.rawValue }
    private var direction: String { query.sort.descending ? "desc" : "asc" }
    private var order: String { "order by \(field) \(direction), id \(direction)" }
    private var name: String { "\(shape)_\(query.sort.field == .startTime ? "s" : "c")\(direction)" }

    /// The rows of a page, after columns that are the same in each row: the total, the next instant at which time alone
    /// changes the list, whether the total is complete, and how many positions the counts are behind the log, if the
    /// total rests on them.
    fileprivate mutating func page(
        _ listed: [String], number: Int, limit: Int, _ total: ListStatement.Total
    ) -> PostgresStatement {
        let totals = totals(listed, total)
        let skipped = (number - 1).multipliedReportingOverflow(by: limit)
        let maximum = parameters.bind("\(limit)")
        let offset = parameters.bind("\(min(skipped.overflow ? .max : skipped.partialValue, .max - limit))")
        let needed = "\(order) limit \(maximum)::bigint + \(offset)::bigint"
        return PostgresStatement(
            (total == .read ? "page_" : "counted_page_") + name,
            """
            select totals.*, page.* from (\(totals)) as totals left join lateral (
                select \(BookingColumns.names) from \(rows(listed, first: needed))
                \(order) limit \(maximum) offset \(offset)
            ) as page on true \(order)
            """)
    }

    private mutating func totals(_ listed: [String], _ total: ListStatement.Total) -> String {
        switch total {
        case .read:
            """
            select count(*) as total, \(nextChange()) as changes_at, true as is_complete,
                null::bigint as behind from \(rows(listed))
            """
        case .counted(let plan, let limit): countedTotals(listed, plan, limit: limit, changesAt: nextChange())
        }
    }

    /// The end of the first booking to end. Of those that start at or after the instant, the first one to start is the
    /// last that has to be read: those that start after its end also end after it.
    private mutating func nextChange() -> String {
        guard query.list != .all else { return "null::bigint" }
        let byStart = "order by start_time, id limit 1"
        let later = rows(conditions + ["start_time >= \(parameters.bind(query.asOf))"], first: byStart)
        let bound = "coalesce((select end_time from \(later) \(byStart)), \(Int64.max))"
        return "(select min(end_time) from \(rows(conditions + [notEnded(), "start_time < \(bound)"])))"
    }

    /// The rows after a sort key.
    fileprivate mutating func rows(_ listed: [String], after key: SortKey, limit: Int) -> PostgresStatement {
        let comparison = query.sort.descending ? "<" : ">"
        let bound = "(\(parameters.bind(key.instant))::bigint, \(parameters.bind(key.id.description))::uuid)"
        let needed = "\(order) limit \(parameters.bind("\(limit)"))"
        let listed = listed + ["(\(field), id) \(comparison) \(bound)"]
        return PostgresStatement(
            "after_" + name, "select \(BookingColumns.names) from \(rows(listed, first: needed)) \(needed)")
    }
}
