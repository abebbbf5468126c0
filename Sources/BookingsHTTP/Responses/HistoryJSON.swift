import Bookings

/// Renders a booking's history: each entry with the fields that it changed.
enum HistoryJSON {
    /// `nextCursor`: `nil` if no entry follows the page.
    static func write(_ page: HistoryPage, limit: Int, nextCursor: String?) -> [UInt8] {
        CursorPageJSON.page(limit: limit, nextCursor: nextCursor) { writer in
            var before = page.before
            for entry in page.entries {
                write(entry, after: before, to: &writer)
                before = entry.booking
            }
        }
    }

    private static func write(_ entry: HistoryEntry, after before: Booking?, to writer: inout JSONWriter) {
        let old = before.map(members)
        let new = members(entry.booking)
        writer.beginObject()
        writer.name("action")
        writer.string(entry.action.rawValue)
        writer.name("actor")
        writer.beginObject()
        writer.name("roles")
        writer.beginArray()
        for role in entry.origin.roles { writer.string(role.rawValue) }
        writer.endArray()
        writer.name("sub")
        writer.string(entry.origin.subject.text)
        writer.endObject()
        writer.name("after")
        writer.value(.object(new.filter { !(old ?? []).contains($0) }))
        writer.name("before")
        writer.value(old.map { .object($0.filter { !new.contains($0) }) } ?? .null)
        writer.name("request_id")
        writer.string(entry.origin.requestID)
        writer.name("time")
        writer.timestamp(entry.booking.updatedAt)
        writer.name("version")
        writer.integer(entry.booking.version)
        writer.endObject()
    }

    /// The members of a booking as clients see them.
    private static func members(_ booking: Booking) -> [JSONMember] {
        var writer = JSONWriter()
        writer.booking(booking)
        guard case .object(let members)? = try? JSONValue.parse(writer.bytes) else { return [] }
        return members
    }
}
