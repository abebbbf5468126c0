import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The lists, by numbered pages and by cursors.
struct ListController: Sendable {
    private let dependencies: HTTPDependencies
    private let listBookings: ListBookings
    private let rendered = RenderedPages()

    init(_ dependencies: HTTPDependencies) {
        self.dependencies = dependencies
        listBookings = ListBookings(
            store: dependencies.ports.store, log: dependencies.ports.log, continuity: dependencies.continuity,
            cache: dependencies.ports.cache,
            timeToLive: dependencies.options.cacheTTL, metrics: dependencies.metrics)
    }

    func all(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        try await answer(.all, exchange, try require(caller))
    }

    func upcoming(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        try await answer(.upcoming, exchange, try require(caller))
    }

    func past(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        try await answer(.past, exchange, try require(caller))
    }

    private func answer(_ list: BookingList, _ exchange: RequestContext, _ principal: Principal) async throws
        -> Response
    {
        guard let scope = principal.readScope(dependencies.options.customerAccess) else { throw BookingError.forbidden }
        let now = dependencies.ports.clock.now()
        let request = RenderedPages.Request(
            target: ByteString(exchange.request.head.path ?? ""), subject: principal.subject, scope: scope)
        var lastChange: ScopeVersion?
        if let page = rendered.page(for: request) {
            let change = try await listBookings.lastChange(in: scope, since: page.validity.change)
            if change.place == page.validity.change.place, page.isTrue(at: now) {
                if change != page.validity.change { rendered.keep(page.found(unchangedSince: change), for: request) }
                listBookings.repeated()
                return respond(page.body, page.link)
            }
            lastChange = change
        }
        var reader = QueryReader(exchange.request.uri.query)
        var query = BookingQuery(list: list, scope: scope, asOf: now)
        let pinned = reader.timestamp("as_of")
        if list == .all { readFilters(&reader, into: &query) }
        let limit = reader.integer("limit", in: 1...100) ?? 10
        let number = reader.integer("page", in: 1...Int.max)
        let cursor = reader.text("cursor")
        query.asOf = pinned ?? query.asOf
        let text = ListContext.text(query)
        // What a cursor is bound to: the caller, the list, its filters and sort.
        let context = Array("list \(text) of \(principal.subject.text)".utf8)
        let place = cursor.flatMap { ListCursor.open($0, context: context, by: dependencies.cursorCipher) }
        if cursor != nil, place == nil { reader.fault("cursor", "cursor is not one of this list and caller.") }
        if cursor != nil, number != nil { reader.fault("page", "page and cursor do not go together.") }
        guard reader.faults.isEmpty else { throw Problem.validation(reader.faults) }
        let links = PageLinks(path: exchange.path, query: exchange.request.uri.query, limit: limit)
        if let place {
            query.asOf = place.asOf
            let stretch = try await listBookings.rows(query, after: place.key, limit: limit)
            let (body, link) = render(stretch, query, context, page: nil, limit: limit, links)
            return respond(body, link)
        }
        let stretch = try await listBookings.page(
            query, context: text, number: number ?? 1, limit: limit, isPinned: pinned != nil, lastChange: lastChange)
        let (body, link) = render(stretch, query, context, page: number ?? 1, limit: limit, links)
        if let validity = stretch.validity {
            rendered.keep(
                RenderedPages.Page(asOf: query.asOf, validity: validity, body: body, link: link), for: request)
        }
        return respond(body, link)
    }

    private func readFilters(_ reader: inout QueryReader, into query: inout BookingQuery) {
        for name in reader.texts("status") {
            if let status = BookingStatus(rawValue: name) {
                query.filter.statuses.insert(status)
            } else {
                reader.fault(
                    "status", "status must be one of \(BookingStatus.allCases.map(\.rawValue).joined(separator: ", "))."
                )
            }
        }
        query.filter.providerID = reader.identifier("provider_id")
        query.filter.serviceID = reader.identifier("service_id")
        if let text = reader.text("customer_id") {
            query.filter.customerID = Subject(text)
            if query.filter.customerID == nil {
                reader.fault("customer_id", "customer_id must have 1 to 255 characters.")
            }
        }
        query.filter.from = reader.timestamp("from")
        query.filter.to = reader.timestamp("to")
        switch reader.text("sort") {
        case nil, "start_time": query.sort = BookingSort(.startTime)
        case "-start_time": query.sort = BookingSort(.startTime, descending: true)
        case "created_at": query.sort = BookingSort(.createdAt)
        case "-created_at": query.sort = BookingSort(.createdAt, descending: true)
        default: reader.fault("sort", "sort must be start_time, -start_time, created_at or -created_at.")
        }
    }

    private func render(
        _ stretch: ListBookings.Stretch, _ query: BookingQuery, _ context: [UInt8], page: Int?, limit: Int,
        _ links: PageLinks
    ) -> (body: ByteBuffer, link: String?) {
        let cursor = stretch.next.map {
            ListCursor(asOf: query.asOf, key: $0).seal(context: context, by: dependencies.cursorCipher)
        }
        let pages = stretch.total.map { ($0 + limit - 1) / limit }
        var writer = JSONWriter(reservingCapacity: stretch.rows.count + 400)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        if !stretch.rows.isEmpty { writer.raw(stretch.rows) }
        writer.endArray()
        writer.name("meta")
        writer.beginObject()
        writer.name("as_of")
        writer.timestamp(query.asOf)
        writer.name("limit")
        writer.integer(limit)
        writer.name("next_cursor")
        writer.string(cursor)
        if let page, let total = stretch.total, let pages {
            writer.name("page")
            writer.integer(page)
            writer.name("total")
            writer.integer(total)
            writer.name("total_pages")
            writer.integer(pages)
        }
        writer.endObject()
        writer.endObject()
        return (ByteBuffer(bytes: writer.bytes), links.header(page: page, pages: pages, cursor: cursor))
    }

    private func respond(_ body: ByteBuffer, _ link: String?) -> Response {
        var response = jsonResponse(body)
        response.headers[PageLinks.field] = link
        return response
    }
}
