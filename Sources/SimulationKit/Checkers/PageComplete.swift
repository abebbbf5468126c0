import Bookings

extension Checker {
    /// Compares the total of each numbered page with the number of bookings that were in the list while it was read, and
    /// the rows with those bookings where no change was in flight.
    static let pageComplete = Checker(
        "page-complete", "The total and the rows of a page are those of the list at its instant."
    ) { history in
        let owners = PageOwners(history)
        return history.exchanges.compactMap { exchange in
            guard exchange.isSuccess, case .page(let list) = AnswerShape(exchange), let json = exchange.json else {
                return nil
            }
            let target = ListTarget(exchange, list)
            guard let violation = owners.violation(exchange, target, json) else { return nil }
            return Anomaly("the answer to GET \(exchange.target) \(violation)", at: exchange.at)
        }
    }
}

/// The versions of all bookings, by those who may list them.
private struct PageOwners {
    private let history: History
    private let model: BookingModel
    private let timelines: [BookingTimeline]

    init(_ history: History) {
        self.history = history
        model = BookingModel(history)
        timelines = BookingTimeline.all(in: history)
    }

    func violation(_ exchange: History.Exchange, _ target: ListTarget, _ json: JSONValue) -> String? {
        guard let page = target.page, let instant = json["meta"]?.instant("as_of"),
            let total = json["meta"]?.integer("total"), let caller = exchange.caller, isExclusive(caller, target)
        else { return nil }
        var certain: [Booking] = []
        var possible = 0
        for timeline in timelines where isVisible(timeline, to: caller) {
            let matching = timeline.versions.filter { isIn(target, $0, at: instant) }
            if let version = matching.first(where: { isCertain($0, exchange) }),
                let booking = model[timeline.booking, version.row.version]?.booking
            {
                certain.append(booking)
            }
            if matching.contains(where: { isPossible($0, exchange) }) { possible += 1 }
        }
        guard certain.count <= total, total <= possible else {
            return "has the total \(total), but the list had \(certain.count) to \(possible) bookings"
        }
        guard certain.count == possible else { return nil }
        return rows(certain, page, target, json)
    }

    /// The rows of the page, when nothing that could be in the list changed.
    private func rows(_ bookings: [Booking], _ page: Int, _ target: ListTarget, _ json: JSONValue) -> String? {
        let sorted = bookings.sorted { target.sort.precedes(target.sort.key(of: $0), target.sort.key(of: $1)) }
        let expected = sorted.dropFirst((page - 1) * target.limit).prefix(target.limit).map(\.id)
        let shown = (json.rows ?? []).map(\.id)
        guard shown != expected else { return nil }
        let first = zip(shown, expected).first { $0 != $1 }
        return "shows \(first.map { "\($0.0)" } ?? "\(shown.count) rows") instead of "
            + (first.map { "\($0.1)" } ?? "\(expected.count)")
    }

    /// A deployed service may hold bookings of others, which an administrator sees.
    private func isExclusive(_ caller: Caller, _ target: ListTarget) -> Bool {
        history.clockTolerance == .zero || caller != .admin || target.filter.providerID != nil
    }

    private func isVisible(_ timeline: BookingTimeline, to caller: Caller) -> Bool {
        history.maySee(
            caller, provider: timeline.provider, customer: model[timeline.booking, 1]?.booking.customerID?.text)
    }

    private func isIn(_ target: ListTarget, _ version: VersionInterval, at instant: Timestamp) -> Bool {
        guard let booking = model[version.row.id, version.row.version]?.booking else { return false }
        return booking.isIn(target.list, asOf: instant) && target.filter.accepts(booking)
    }

    private func isCertain(_ version: VersionInterval, _ exchange: History.Exchange) -> Bool {
        version.certainFrom < exchange.sent && version.certainUntil > exchange.answered
    }

    private func isPossible(_ version: VersionInterval, _ exchange: History.Exchange) -> Bool {
        version.possibleFrom < exchange.answered && version.possibleUntil > exchange.sent
    }
}
