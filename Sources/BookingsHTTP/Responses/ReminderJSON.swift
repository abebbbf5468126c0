import Bookings

/// Renders reminders of the ledger, with members sorted by name.
enum ReminderJSON {
    /// `nextCursor`: `nil` if no row follows the page.
    static func page(_ entries: [ReminderEntry], limit: Int, nextCursor: String?) -> [UInt8] {
        CursorPageJSON.page(limit: limit, nextCursor: nextCursor, reservingCapacity: entries.count * 360 + 100) {
            writer in
            for entry in entries { write(entry, to: &writer) }
        }
    }

    static func object(_ entry: ReminderEntry) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 360)
        write(entry, to: &writer)
        return writer.bytes
    }

    private static func write(_ entry: ReminderEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("booking_id")
        writer.identifier(entry.identity.bookingID)
        writer.name("due_at")
        writer.timestamp(entry.dueAt)
        writer.name("event_id")
        writer.identifier(entry.identity.eventID)
        writer.name("minutes_before")
        writer.number(Double(entry.identity.lead.wholeMilliseconds) / 60_000)
        writer.name("outcome")
        writer.string(entry.outcome.rawValue)
        writer.name("provider_id")
        writer.identifier(entry.providerID)
        writer.name("recorded_at")
        if let instant = entry.recordedAt { writer.timestamp(instant) } else { writer.string(nil) }
        writer.name("recorded_by")
        writer.string(entry.recordedBy)
        writer.name("start_time")
        writer.timestamp(entry.startTime)
        writer.endObject()
    }
}
