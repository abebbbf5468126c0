import Bookings

/// A query as SQL: rows, total and boundary in one statement, and so from one snapshot.
struct ListStatement {
    let statement: PostgresStatement
    let parameters: [String?]

    init(_ query: BookingQuery, _ stretch: PageContent) {
        var parameters = ParameterList()
        let scope = ScopeConditions(query.scope, &parameters)
        var shape = scope.shape
        var conditions: [String] = []
        func add(_ letter: String, _ condition: String) {
            shape += letter
            conditions.append(condition)
        }
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
        let common = conditions
        switch query.list {
        case .all: break
        case .upcoming: add("u", Self.coming(query, &parameters))
        case .past:
            let now = parameters.bind(query.asOf)
            add("d", "end_time <= \(now) and start_time < \(now)")
        }
        let field = query.sort.field.rawValue
        let direction = query.sort.descending ? "desc" : "asc"
        shape += "_\(field == "start_time" ? "s" : "c")\(direction)"
        let order = "order by \(field) \(direction), id \(direction)"
        func rows(_ conditions: [String], first: String = "") -> String {
            scope.rows(of: "bookings", where: conditions, first: first)
        }
        switch stretch {
        case .page(let number, let limit):
            let change =
                switch query.list {
                case .all: "null::bigint"
                case .upcoming: "min(end_time)"
                case .past: "(select min(end_time) from \(rows(common + [Self.coming(query, &parameters)])))"
                }
            let skipped = (number - 1).multipliedReportingOverflow(by: limit)
            let most = parameters.bind("\(limit)")
            let offset = parameters.bind("\(min(skipped.overflow ? .max : skipped.partialValue, .max - limit))")
            let reached = "\(order) limit \(most)::bigint + \(offset)::bigint"
            statement = PostgresStatement(
                "page_" + shape,
                """
                select counted.total, counted.changes_at, page.* from (
                    select count(*) as total, \(change) as changes_at from \(rows(conditions))
                ) as counted left join lateral (
                    select \(BookingColumns.names) from \(rows(conditions, first: reached))
                    \(order) limit \(most) offset \(offset)
                ) as page on true \(order)
                """)
        case .after(let key, let limit):
            let comparison = query.sort.descending ? "<" : ">"
            let place = "(\(parameters.bind(key.instant))::bigint, \(parameters.bind(key.id.description))::uuid)"
            conditions.append("(\(field), id) \(comparison) \(place)")
            let most = "\(order) limit \(parameters.bind("\(limit)"))"
            statement = PostgresStatement(
                "after_" + shape, "select \(BookingColumns.names) from \(rows(conditions, first: most)) \(most)")
        }
        self.parameters = parameters.values
    }

    /// No slot is longer than a day: the bound on the start is implied, and lets the index begin there.
    private static func coming(_ query: BookingQuery, _ parameters: inout ParameterList) -> String {
        let dayAgo = parameters.bind(query.asOf - TimeSlot.longest)
        return "end_time > \(parameters.bind(query.asOf)) and start_time > \(dayAgo)"
    }
}
