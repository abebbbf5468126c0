import Bookings

/// A request for a page of a list, decoded from its query.
struct ListRequest {
    enum Position {
        /// The page with this number, starting at 1.
        case number(Int)
        /// The rows after a key, which a cursor contains.
        case after(SortKey)
    }

    private(set) var query: BookingQuery
    let position: Position
    let limit: Int
    /// Whether the client chose `query.asOf` by a parameter.
    let isPinned: Bool
    /// The list with its scope, filters and sort order.
    let context: String
    /// What the cursors of this request are bound to: `context` and the caller.
    let cursorContext: [UInt8]
    let links: PageLinks

    /// Throws 400 with all errors of the query.
    ///
    /// - Parameter base: The query without filters, as of the time of the request.
    init(
        _ request: RequestContext, _ base: BookingQuery, subject: Subject, cipher: CursorCipher
    ) throws(Problem) {
        var reader = QueryReader(request.query)
        var query = base
        let asOf = reader.timestamp("as_of")
        if query.list == .all { reader.readFilters(into: &query) }
        let limit = reader.integer("limit", in: 1...100) ?? 10
        let number = reader.integer("page", in: 1...Int.max)
        query.asOf = asOf ?? query.asOf
        let context = ListContext.string(for: query)
        let cursorContext = Array("list \(context) of \(subject.text)".utf8)
        let hasCursor = reader.contains("cursor")
        let cursor = reader.cursor("cursor") { ListCursor.open($0, context: cursorContext, with: cipher) }
        if hasCursor, number != nil { reader.addError("page", "page and cursor must not be combined.") }
        try reader.throwErrors()
        if let cursor { query.asOf = cursor.asOf }
        self.query = query
        self.position = cursor.map { .after($0.key) } ?? .number(number ?? 1)
        self.limit = limit
        self.context = context
        self.cursorContext = cursorContext
        isPinned = asOf != nil
        links = PageLinks(path: request.path, query: request.query, limit: limit)
    }
}

extension QueryReader {
    /// Reads the filters and the sort order of `GET /bookings`.
    fileprivate mutating func readFilters(into query: inout BookingQuery) {
        query.filter.statuses = statuses()
        query.filter.providerID = identifier("provider_id")
        query.filter.serviceID = identifier("service_id")
        query.filter.customerID = customer()
        query.filter.from = timestamp("from")
        query.filter.to = timestamp("to")
        query.sort = sort()
    }

    /// Repeated parameters select any of the statuses.
    private mutating func statuses() -> Set<BookingStatus> {
        var statuses: Set<BookingStatus> = []
        for name in strings("status") {
            if let status = BookingStatus(rawValue: name) {
                statuses.insert(status)
            } else {
                let names = BookingStatus.allCases.map(\.rawValue).joined(separator: ", ")
                addError("status", "status must be one of \(names).")
            }
        }
        return statuses
    }

    private mutating func customer() -> Subject? {
        guard let string = string("customer_id") else { return nil }
        if let subject = Subject(string) { return subject }
        addError("customer_id", "customer_id must have 1 to 255 characters.")
        return nil
    }

    private mutating func sort() -> BookingSort {
        switch string("sort") {
        case nil, "start_time": return BookingSort(.startTime)
        case "-start_time": return BookingSort(.startTime, descending: true)
        case "created_at": return BookingSort(.createdAt)
        case "-created_at": return BookingSort(.createdAt, descending: true)
        default:
            addError("sort", "sort must be one of start_time, -start_time, created_at, -created_at.")
            return BookingSort(.startTime)
        }
    }
}
