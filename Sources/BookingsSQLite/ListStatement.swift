import Bookings
import GRDB

/// A query for a list as SQL, with the same conditions for the rows and for their total.
struct ListStatement: Sendable {
    /// A condition with its arguments.
    private struct Condition {
        var parts: [String] = []
        var arguments = StatementArguments()

        var sql: String { parts.isEmpty ? "true" : parts.joined(separator: " and ") }

        mutating func add(_ part: String, _ arguments: StatementArguments = []) {
            parts.append(part)
            self.arguments += arguments
        }
    }

    private let listed: Condition
    /// The bookings that a past list gains as time passes; `nil` for other lists.
    private let entering: Condition?
    private let isUpcoming: Bool
    private let sort: BookingSort

    init(_ query: BookingQuery) {
        let common = Self.commonCondition(query)
        var (listed, entering): (Condition, Condition?) = (common, nil)
        // No booking lasts longer than a day. The condition on the start is implied, and lets the index begin there.
        let now = query.asOf.milliseconds
        let notEnded = "end_time > ? and start_time > ?"
        let bounds: StatementArguments = [now, (query.asOf - TimeSlot.longest).milliseconds]
        switch query.list {
        case .all: break
        case .upcoming: listed.add(notEnded, bounds)
        case .past:
            listed.add("end_time <= ? and start_time < ?", [now, now])
            entering = common
            entering?.add(notEnded, bounds)
        }
        (self.listed, self.entering) = (listed, entering)
        isUpcoming = query.list == .upcoming
        sort = query.sort
    }

    /// The condition that holds at any instant.
    private static func commonCondition(_ query: BookingQuery) -> Condition {
        var condition = Condition()
        let (scope, scopeArguments) = ScopeCondition.sql(query.scope)
        condition.add(scope, scopeArguments)
        if query.list != .all { condition.add("status not in ('cancelled', 'declined')") }
        let filter = query.filter
        if !filter.statuses.isEmpty {
            let names = filter.statuses.map(\.rawValue).sorted()
            let placeholders = names.map { _ in "?" }.joined(separator: ", ")
            condition.add("status in (\(placeholders))", StatementArguments(names))
        }
        if let provider = filter.providerID { condition.add("provider_id = ?", [provider.description]) }
        if let customer = filter.customerID { condition.add("customer_id = ?", [customer.text]) }
        if let service = filter.serviceID { condition.add("service_id = ?", [service.description]) }
        if let from = filter.from { condition.add("end_time > ?", [from.milliseconds]) }
        if let to = filter.to { condition.add("start_time < ?", [to.milliseconds]) }
        return condition
    }

    /// Returns the statement for the rows, and its arguments.
    func rows(_ content: PageContent) -> (String, StatementArguments) {
        let field = sort.field.rawValue
        let direction = sort.descending ? "desc" : "asc"
        let order = "order by \(field) \(direction), id \(direction)"
        let select = "select \(BookingRow.columns) from bookings where \(listed.sql)"
        switch content {
        case .page(let number, let limit):
            let skipped = (number - 1).multipliedReportingOverflow(by: limit)
            return (
                "\(select) \(order) limit ? offset ?",
                listed.arguments + [limit, skipped.overflow ? Int.max : skipped.partialValue]
            )
        case .after(let key, let limit):
            let comparison = sort.descending ? "<" : ">"
            return (
                "\(select) and (\(field), id) \(comparison) (?, ?) \(order) limit ?",
                listed.arguments + [key.instant.milliseconds, key.id.description, limit]
            )
        }
    }

    /// Returns the statement for the total and the first end by which time alone changes the list, and its arguments.
    var summary: (String, StatementArguments) {
        let change =
            isUpcoming
            ? "min(end_time)" : entering.map { "(select min(end_time) from bookings where \($0.sql))" } ?? "null"
        return (
            "select count(*) as total, \(change) as changes_at from bookings where \(listed.sql)",
            (entering?.arguments ?? []) + listed.arguments
        )
    }
}
