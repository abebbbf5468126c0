import Bookings

/// The answer to an unfiltered list that fits on its first page, so that the answer holds the whole list.
struct FirstPage {
    let list: BookingList
    let shown: Set<BookingID>

    /// How far the instant for which a list is computed may lie from its request.
    static let margin = Duration.seconds(1)

    /// Returns whether a list requested at `now` certainly counts the booking as past.
    static func isPast(_ version: VersionInterval, at now: Timestamp) -> Bool { version.row.end + margin <= now }

    /// `nil` when the call is not a complete, unfiltered list of an admin or a provider.
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

    /// The page size when the query has none.
    private static let defaultLimit = 10

    /// Returns the page size, or `nil` when the query filters or asks for another page than the first.
    private static func limit(of query: Substring) -> Int? {
        var limit = defaultLimit
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

    /// Returns a booking that the page lacks although it was certainly in the list until the answer came.
    func missing(
        from expected: [BookingID: VersionInterval], _ call: History.Call, where belongs: (VersionInterval) -> Bool
    ) -> BookingID? {
        func isMissing(_ version: VersionInterval) -> Bool {
            version.certainUntil > call.answered && belongs(version) && !shown.contains(version.row.id)
        }
        guard expected.values.contains(where: isMissing) else { return nil }
        return expected.values.filter(isMissing).map(\.row.id).min()
    }
}
