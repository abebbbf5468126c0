import Bookings
import HTTPTypes
import NIOCore

/// Serves the lists of bookings, by page number or by cursor.
package struct ListController: Sendable {
    private let listBookings: ListBookings
    private let cache: PageCache
    private let customerAccess: CustomerAccess
    private let cursorCipher: CursorCipher
    private let clock: any WallClock

    /// Creates a controller. `cache` must be the cache that `listBookings` uses.
    package init(
        listBookings: ListBookings, cache: PageCache, customerAccess: CustomerAccess, cursorCipher: CursorCipher,
        clock: any WallClock
    ) {
        self.listBookings = listBookings
        self.cache = cache
        self.customerAccess = customerAccess
        self.cursorCipher = cursorCipher
        self.clock = clock
    }

    /// `GET /bookings`, with filters and sort order.
    func all(_ context: RequestContext) async throws -> Response { try await page(of: .all, context) }

    /// `GET /bookings/upcoming`.
    func upcoming(_ context: RequestContext) async throws -> Response { try await page(of: .upcoming, context) }

    /// `GET /bookings/past`.
    func past(_ context: RequestContext) async throws -> Response { try await page(of: .past, context) }

    /// Decodes the query only if the response to the same request is not cached.
    private func page(of list: BookingList, _ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        guard let scope = principal.readScope(customerAccess) else { throw BookingError.forbidden }
        let now = clock.now()
        let key = PageKey(
            target: ByteString(context.request.path ?? ""), subject: principal.subject, scope: scope)
        let page = try await cache.page(for: key, at: now) { checked in
            let request = try ListRequest(
                context, BookingQuery(list: list, scope: scope, asOf: now), subject: principal.subject,
                cipher: cursorCipher)
            let page = try await read(request, checked)
            return (render(page, request), page.validity)
        }
        var response = Response(json: page.body)
        if let link = page.link { response.headers.append(HTTPField(name: PageLinks.field, value: link)) }
        return response
    }

    /// Calls the use case. Only numbered pages are cached.
    private func read(_ request: ListRequest, _ checked: CheckedScope?) async throws(BookingError) -> ListPage {
        switch request.position {
        case .after(let key): try await listBookings.page(request.query, after: key, limit: request.limit)
        case .number(let number):
            try await listBookings.page(
                request.query, context: request.context, number: number, limit: request.limit,
                isPinned: request.isPinned, checked: checked)
        }
    }

    private func render(_ page: ListPage, _ request: ListRequest) -> RenderedPage {
        let cursor = page.next.map {
            ListCursor(asOf: request.query.asOf, key: $0).seal(context: request.cursorContext, with: cursorCipher)
        }
        return ListJSON.render(page, request, nextCursor: cursor)
    }
}
