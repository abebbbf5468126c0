import Bookings

/// The request of a list page: what its path and query ask for.
struct ListTarget {
    let list: BookingList
    let sort: BookingSort
    let filter: BookingFilter
    let limit: Int
    /// The number of the page; `nil` for a page after a cursor.
    let page: Int?
    let cursor: String?
    /// The instant that the request pins; `nil` for that of the request.
    let pinned: Timestamp?
    private let path: String
    /// The parameters that all pages of the list share, as they were sent.
    private let shared: [Substring]

    private static let defaultLimit = 10
    private static let sharedNames: Set<Substring> = [
        "as_of", "customer_id", "from", "provider_id", "service_id", "sort", "status", "to",
    ]

    init(_ exchange: History.Exchange, _ list: BookingList) {
        self.list = list
        path = exchange.path
        let query = exchange.target.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let pairs = query.split(separator: "&")
        func value(_ name: String) -> String? {
            pairs.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        limit = value("limit").flatMap { Int($0) } ?? Self.defaultLimit
        cursor = value("cursor")
        page = cursor == nil ? value("page").flatMap { Int($0) } ?? 1 : nil
        pinned = value("as_of").flatMap { RFC3339.parse($0) }
        shared = pairs.filter { Self.sharedNames.contains($0.prefix { $0 != "=" }) }
        // Only the list of all bookings has filters and another order.
        sort = Self.sort(list == .all ? value("sort") : nil, list)
        filter = list == .all ? Self.filter(pairs, value) : BookingFilter()
    }

    private static func filter(_ pairs: [Substring], _ value: (String) -> String?) -> BookingFilter {
        var filter = BookingFilter()
        filter.providerID = value("provider_id").flatMap { ProviderID($0) }
        filter.customerID = value("customer_id").flatMap { Subject($0) }
        filter.statuses = Set(
            pairs.filter { $0.hasPrefix("status=") }.compactMap {
                BookingStatus(rawValue: String($0.dropFirst("status=".count)))
            })
        return filter
    }

    private static func sort(_ value: String?, _ list: BookingList) -> BookingSort {
        guard let value else { return BookingSort(.startTime, descending: list == .past) }
        let isDescending = value.hasPrefix("-")
        let field = BookingSort.Field(rawValue: String(value.drop { $0 == "-" })) ?? .startTime
        return BookingSort(field, descending: isDescending)
    }

    /// The `Link` header of the page (RFC 8288); `nil` when there are no other pages.
    ///
    /// - Parameter pages: The number of pages; `nil` when paging by cursor.
    func links(pages: Int?, nextCursor: String?) -> String? {
        let suffix = "&limit=\(limit)" + shared.map { "&\($0)" }.joined()
        func link(_ parameter: String, _ relation: String) -> String {
            "<\(path)?\(parameter)\(suffix)>; rel=\"\(relation)\""
        }
        var links: [String] = []
        if let page, let pages {
            if pages > 0 { links.append(link("page=1", "first")) }
            if page > 1, pages > 0 { links.append(link("page=\(min(page - 1, pages))", "prev")) }
            if page < pages { links.append(link("page=\(page + 1)", "next")) }
            if pages > 0 { links.append(link("page=\(pages)", "last")) }
        } else if let nextCursor {
            links.append(link("cursor=\(nextCursor)", "next"))
        }
        return links.isEmpty ? nil : links.joined(separator: ", ")
    }
}
