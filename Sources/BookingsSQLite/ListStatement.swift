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

    private let query: BookingQuery
    private let common: Condition
    private let listed: Condition

    init(_ query: BookingQuery) {
        self.query = query
        common = Self.commonCondition(query)
        var listed = common
        switch query.list {
        case .all: break
        case .upcoming: listed.add(Self.notEnded, Self.boundsOfNotEnded(query))
        case .past:
            let now = query.asOf.milliseconds
            listed.add("end_time <= ? and start_time < ?", [now, now])
        }
        self.listed = listed
    }

    /// No booking lasts longer than a day. The condition on the start is implied, and lets the index begin there.
    private static let notEnded = "end_time > ? and start_time > ?"

    private static func boundsOfNotEnded(_ query: BookingQuery) -> StatementArguments {
        [query.asOf.milliseconds, (query.asOf - TimeSlot.longest).milliseconds]
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
        let field = query.sort.field.rawValue
        let direction = query.sort.descending ? "desc" : "asc"
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
            let comparison = query.sort.descending ? "<" : ">"
            return (
                "\(select) and (\(field), id) \(comparison) (?, ?) \(order) limit ?",
                listed.arguments + [key.instant.milliseconds, key.id.description, limit]
            )
        }
    }

    // MARK: - Totals

    /// The statement for the end of the first booking to end, with which time alone changes the list; `nil` if nothing
    /// does. Of those that start at or after the instant, the first one to start is the last that has to be read.
    var nextChange: (String, StatementArguments)? {
        guard query.list != .all else { return nil }
        let now = query.asOf.milliseconds
        return (
            """
            select min(end_time) from bookings
            where \(common.sql) and \(Self.notEnded) and start_time < coalesce((
                select end_time from bookings where \(common.sql) and start_time >= ? order by start_time, id limit 1
            ), ?)
            """,
            common.arguments + Self.boundsOfNotEnded(query) + common.arguments + [now, Int64.max]
        )
    }

    /// The statement for the number of bookings in the list, counting at most `limit`.
    func count(limit: Int? = nil) -> (String, StatementArguments) {
        ("select count(*) from (select 1 from bookings where \(listed.sql) limit ?)", listed.arguments + [limit ?? -1])
    }

    /// The statement for the number of bookings in the list that start in the range.
    func count(startingIn starts: Range<Timestamp>) -> (String, StatementArguments) {
        (
            "select count(*) from bookings where \(listed.sql) and start_time >= ? and start_time < ?",
            listed.arguments + [starts.lowerBound.milliseconds, starts.upperBound.milliseconds]
        )
    }
}
