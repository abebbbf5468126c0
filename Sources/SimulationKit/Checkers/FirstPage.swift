import Bookings

/// The answer to a list without filters that fits on its first page, so that all of the list is there.
struct FirstPage {
    let list: BookingList
    let shown: Set<BookingID>

    /// A list is of an instant within a second of its request.
    static let margin = Duration.seconds(1)

    static func isOver(_ stage: VersionInterval, at now: Timestamp) -> Bool { stage.row.end + margin <= now }

    init?(_ call: History.Call) {
        guard case .list(let path) = call.kind, call.isSuccess, let rows = call.rows,
            call.caller == .admin || call.caller.role == .provider
        else { return nil }
        let parts = path.split(separator: "?", maxSplits: 1)
        guard let list = parts.first.flatMap({ Self.lists[String($0)] }),
            let limit = Self.limit(of: parts.count == 2 ? parts[1] : ""), rows.count < limit
        else { return nil }
        self.list = list
        shown = Set(rows.map(\.id))
    }

    private static let lists: [String: BookingList] = [
        "/bookings": .all, "/bookings/upcoming": .upcoming, "/bookings/past": .past,
    ]

    /// Nil when the query asks for less than the first page of all.
    private static func limit(of query: Substring) -> Int? {
        var limit = 10
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let number = Int(pair[1]) else { return nil }
            switch pair[0] {
            case "limit": limit = number
            case "page" where number == 1: continue
            default: return nil
            }
        }
        return limit
    }

    /// A booking that certainly stood on the shelf all the while, and is not shown.
    func lacks(of shelf: [BookingID: VersionInterval], _ call: History.Call, where belongs: (VersionInterval) -> Bool)
        -> BookingID?
    {
        func isMissing(_ stage: VersionInterval) -> Bool {
            stage.certainUntil > call.answered && belongs(stage) && !shown.contains(stage.row.id)
        }
        guard shelf.values.contains(where: isMissing) else { return nil }
        return shelf.values.filter(isMissing).map(\.row.id).min()
    }
}
