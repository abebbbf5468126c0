import Bookings

/// The part of `contract` about pages of lists: the page as a whole, and each of its rows.
///
/// Whether the page holds the right bookings is left to `page-complete`.
struct PageContract {
    private let exchange: History.Exchange
    private let target: ListTarget
    private let tolerance: Duration

    /// How far a page from a cache may be behind the request.
    private static let age = Duration.seconds(1)

    init(_ exchange: History.Exchange, _ list: BookingList, _ history: History) {
        self.exchange = exchange
        target = ListTarget(exchange, list)
        tolerance = Self.age + history.clockTolerance
    }

    func violations(_ json: JSONValue, _ rows: RowContract, _ cursors: inout [String: Timestamp]) -> [String] {
        guard case .array(let shown)? = json["data"], let meta = json["meta"] else { return ["is no page"] }
        let instant = meta.instant("as_of")
        if let instant, let cursor = meta["next_cursor"]?.string { cursors[cursor] = instant }
        return shape(json) + shown.flatMap { rows.violations($0) } + members(meta, shown.count)
            + moment(instant, cursors) + order(shown, instant)
    }

    /// The schema is applied to the page without its rows, which are compared with the model.
    private func shape(_ json: JSONValue) -> [String] {
        let frame = json.members.map { $0.name == "data" ? JSONMember(name: "data", value: .array([])) : $0 }
        return OpenAPIConformance.shared.violations(.object(frame), component: "BookingPage")
    }

    private func members(_ meta: JSONValue, _ count: Int) -> [String] {
        let total = meta.integer("total")
        let pages = total.map { ($0 + target.limit - 1) / target.limit }
        let cursor = meta["next_cursor"]?.string
        var expected: [(String, Int?, Int?)] = [
            ("limit", meta.integer("limit"), target.limit), ("page", meta.integer("page"), target.page),
            ("total_pages", meta.integer("total_pages"), target.page == nil ? nil : pages),
        ]
        if let page = target.page, let total {
            let left = min(target.limit, max(0, total - (page - 1) * target.limit))
            expected.append(("number of rows", count, left))
        }
        var violations = expected.filter { $0.1 != $0.2 }.map { name, shown, right in
            "has the \(name) \(shown.map(String.init) ?? "none") instead of \(right.map(String.init) ?? "none")"
        }
        if (target.page == nil) != (total == nil) { violations.append("has a total without a page, or none") }
        if let cursorViolation = leadsOn(cursor, count, total) { violations.append(cursorViolation) }
        let links = target.links(pages: target.page == nil ? nil : pages, nextCursor: cursor)
        if exchange.header("link") != links {
            violations.append("has the links \(exchange.header("link") ?? "none") instead of \(links ?? "none")")
        }
        return violations
    }

    /// A cursor leads on from every page but the last.
    private func leadsOn(_ cursor: String?, _ count: Int, _ total: Int?) -> String? {
        if let page = target.page, let total {
            return (page * target.limit < total) == (cursor != nil) ? nil : "has a next cursor without reason, or none"
        }
        return cursor == nil || count == target.limit ? nil : "has a next cursor behind a page that is not full"
    }

    private func moment(_ instant: Timestamp?, _ cursors: [String: Timestamp]) -> [String] {
        guard let instant else { return ["has no as_of"] }
        if let cursor = target.cursor {
            return cursors[cursor].map { $0 == instant } ?? true ? [] : ["has another as_of than the page before"]
        }
        if let pinned = target.pinned {
            return instant == pinned ? [] : ["has another as_of than the request"]
        }
        let isNow = instant >= exchange.at - tolerance && instant <= exchange.answeredAt + history(tolerance)
        return isNow ? [] : ["has the as_of \(RFC3339.string(instant))"]
    }

    /// A page is never of an instant after its answer, but by the difference of the clocks.
    private func history(_ tolerance: Duration) -> Duration { tolerance - Self.age }

    /// The rows belong to the list, in its order.
    private func order(_ shown: [JSONValue], _ instant: Timestamp?) -> [String] {
        let bookings = shown.compactMap { json in Booking(json) }
        guard bookings.count == shown.count, let instant else { return [] }
        let foreign = bookings.first { !$0.isIn(target.list, asOf: instant) || !target.filter.accepts($0) }
        let unsorted = zip(bookings, bookings.dropFirst()).first {
            !target.sort.precedes(target.sort.key(of: $0), target.sort.key(of: $1))
        }
        return [
            foreign.map { "shows \($0.id), which is not in the list" },
            unsorted.map { "shows \($1.id) out of order" },
        ].compactMap { $0 }
    }
}

extension Booking {
    /// Reads a booking as the API shows it; `nil` for what is none. The version that set the times is not shown.
    init?(_ json: JSONValue) {
        guard let row = History.Row(json), let service: ServiceID = json.identifier("service_id"),
            let created = json.instant("created_at"), let updated = json.instant("updated_at")
        else { return nil }
        self.init(
            id: row.id, providerID: row.provider, customerID: row.customer.flatMap { Subject($0) }, serviceID: service,
            slot: row.slot, status: row.status, version: row.version, timesVersion: 1, createdAt: created,
            updatedAt: updated)
    }
}
