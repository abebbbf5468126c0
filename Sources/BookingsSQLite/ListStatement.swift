import Bookings
import GRDB

/// A query as SQL: one condition for the rows and for their count.
struct ListStatement: Sendable {
    private let conditions: String
    /// What a past list gains by the passing of time; nil for the others.
    private let comingConditions: String?
    private let arguments: StatementArguments
    private let sort: BookingSort
    private let comingArguments: StatementArguments
    private let isUpcoming: Bool

    init(_ query: BookingQuery) {
        var parts: [String] = []
        var values = StatementArguments()
        func add(_ condition: String, _ arguments: StatementArguments = []) {
            parts.append(condition)
            values += arguments
        }
        let (scope, scopeArguments) = ScopeCondition.sql(query.scope)
        add(scope, scopeArguments)
        if query.list != .all { add("status not in ('cancelled', 'declined')") }
        let filter = query.filter
        if !filter.statuses.isEmpty {
            let names = filter.statuses.map(\.rawValue).sorted()
            add(
                "status in (\(names.map { _ in "?" }.joined(separator: ", ")))",
                StatementArguments(names))
        }
        if let provider = filter.providerID { add("provider_id = ?", [provider.description]) }
        if let customer = filter.customerID { add("customer_id = ?", [customer.text]) }
        if let service = filter.serviceID { add("service_id = ?", [service.description]) }
        if let from = filter.from { add("end_time > ?", [from.milliseconds]) }
        if let to = filter.to { add("start_time < ?", [to.milliseconds]) }
        // No slot is longer than a day: the bound on the start is implied, and lets the index begin there.
        let now = query.asOf.milliseconds
        let dayAgo = (query.asOf - TimeSlot.longest).milliseconds
        let common = (parts: parts, values: values)
        switch query.list {
        case .all: break
        case .upcoming: add("end_time > ? and start_time > ?", [now, dayAgo])
        case .past: add("end_time <= ? and start_time < ?", [now, now])
        }
        conditions = parts.joined(separator: " and ")
        arguments = values
        isUpcoming = query.list == .upcoming
        comingConditions =
            query.list == .past
            ? (common.parts + ["end_time > ? and start_time > ?"]).joined(separator: " and ") : nil
        comingArguments = query.list == .past ? common.values + [now, dayAgo] : []
        sort = query.sort
    }

    func rows(_ stretch: PageContent) -> (String, StatementArguments) {
        let field = sort.field.rawValue
        let direction = sort.descending ? "desc" : "asc"
        let order = "order by \(field) \(direction), id \(direction)"
        let select = "select \(BookingRow.columns) from bookings where \(conditions)"
        switch stretch {
        case .page(let number, let limit):
            let skipped = (number - 1).multipliedReportingOverflow(by: limit)
            return (
                "\(select) \(order) limit ? offset ?",
                arguments + [limit, skipped.overflow ? Int.max : skipped.partialValue]
            )
        case .after(let key, let limit):
            let comparison = sort.descending ? "<" : ">"
            return (
                "\(select) and (\(field), id) \(comparison) (?, ?) \(order) limit ?",
                arguments + [key.instant.milliseconds, key.id.description, limit]
            )
        }
    }

    /// The number of rows, and the first end by which time alone changes the list.
    var summary: String {
        let change =
            isUpcoming
            ? "min(end_time)" : comingConditions.map { "(select min(end_time) from bookings where \($0))" } ?? "null"
        return "select count(*) as total, \(change) as changes_at from bookings where \(conditions)"
    }

    var summaryArguments: StatementArguments { comingArguments + arguments }
}
