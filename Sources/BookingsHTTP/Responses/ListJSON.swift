import Bookings

/// Renders pages of lists.
enum ListJSON {
    /// `nextCursor`: `nil` if no row follows the page.
    static func render(_ page: ListPage, _ request: ListRequest, nextCursor: String?) -> RenderedPage {
        var number: Int?
        if case .number(let requested) = request.position { number = requested }
        let pageCount = page.total.map { ($0 + request.limit - 1) / request.limit }
        var writer = JSONWriter(reservingCapacity: page.rows.count + 400)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        if !page.rows.isEmpty { writer.raw(page.rows) }
        writer.endArray()
        writer.name("meta")
        writer.beginObject()
        writer.name("as_of")
        writer.timestamp(request.query.asOf)
        writer.name("limit")
        writer.integer(request.limit)
        writer.name("next_cursor")
        writer.string(nextCursor)
        if let number, let total = page.total, let pageCount {
            writer.name("page")
            writer.integer(number)
            writer.name("total")
            writer.integer(total)
            writer.name("total_pages")
            writer.integer(pageCount)
        }
        writer.endObject()
        writer.endObject()
        return RenderedPage(
            body: writer.bytes,
            link: request.links.header(page: number, pageCount: pageCount, nextCursor: nextCursor))
    }
}
