import Bookings

/// Renders a page that is continued by a cursor: the items, and `meta` with the limit and the next cursor.
enum CursorPageJSON {
    /// - Parameters:
    ///   - nextCursor: `nil` if no item follows the page.
    ///   - items: Writes the items, in their order.
    static func page(
        limit: Int, nextCursor: String?, reservingCapacity capacity: Int = 512, items: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: capacity)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        items(&writer)
        writer.endArray()
        writer.name("meta")
        writer.beginObject()
        writer.name("limit")
        writer.integer(limit)
        writer.name("next_cursor")
        writer.string(nextCursor)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
