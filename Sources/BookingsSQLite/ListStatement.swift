import Bookings
import GRDB

/// A query as SQL: one condition for the rows and for their count.
struct ListStatement: Sendable {
    private let conditions: String
    private let scopeCondition: String
    private let scopeArguments: StatementArguments
    private let arguments: StatementArguments
    private let sort: BookingSort
    private let asOf: Timestamp

    init(_ query: BookingQuery) {
        var parts: [String] = []
        var values = StatementArguments()
        func add(_ condition: String, _ arguments: StatementArguments = []) {
            parts.append(condition)
            values += arguments
        }
        (scopeCondition, scopeArguments) = ScopeCondition.sql(query.scope)
        add(scopeCondition, scopeArguments)
        switch query.list {
        case .all: break
        case .upcoming: add("status not in ('cancelled', 'declined') and end_time > ?", [query.asOf.milliseconds])
        case .past: add("status not in ('cancelled', 'declined') and end_time <= ?", [query.asOf.milliseconds])
        }
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
        conditions = parts.joined(separator: " and ")
        arguments = values
        sort = query.sort
        asOf = query.asOf
    }

    func rows(_ stretch: ListStretch) -> (String, StatementArguments) {
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

    /// The number of rows, and the first end in the scope after the instant of the query.
    var summary: String {
        """
        select count(*) as total, (
            select min(end_time) from bookings where \(scopeCondition) and end_time > ?
        ) as changes_at from bookings where \(conditions)
        """
    }

    var summaryArguments: StatementArguments { scopeArguments + [asOf.milliseconds] + arguments }
}
