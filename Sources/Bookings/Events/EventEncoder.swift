/// Encodes events as JSON objects, which are the same in REST responses, event streams and Socket.IO packets.
package struct EventEncoder: Sendable {
    /// Encrypts the positions in cursors.
    package let cursorCipher: CursorCipher

    /// Creates an encoder whose cursors are valid on every replica with the same key.
    package init(cursorCipher: CursorCipher) {
        self.cursorCipher = cursorCipher
    }

    /// Returns the cursor of a position, which clients resume by.
    package func cursor(at position: LogPosition) -> String { cursorCipher.cursor(at: position) }

    /// Returns the event for callers that may read its booking.
    package func data(of logged: LoggedEvent) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 640)
        switch logged.event.kind {
        case .action: writer.booking(logged.event.booking) { write(metadataOf: logged, to: &$0) }
        case .reminder(let notice): write(notice, of: logged, withCustomer: true, to: &writer)
        }
        return writer.bytes
    }

    /// Returns the item of the event stream: an object with the event and its name, as `GET /events` and webhooks have it.
    package func item(of logged: LoggedEvent) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 700)
        writer.beginObject()
        writer.name("data")
        writer.raw(data(of: logged))
        writer.name("name")
        writer.string(logged.event.name.rawValue)
        writer.endObject()
        return writer.bytes
    }

    /// Returns the event for sockets without a token: without the customer and anything that would identify one.
    package func anonymousData(of logged: LoggedEvent) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        if case .reminder(let notice) = logged.event.kind {
            write(notice, of: logged, withCustomer: false, to: &writer)
            return writer.bytes
        }
        let booking = logged.event.booking
        writer.beginObject()
        writer.name("end_time")
        writer.timestamp(booking.slot.end)
        writer.name("event")
        write(metadataOf: logged, to: &writer)
        writer.name("id")
        writer.identifier(booking.id)
        writer.name("provider_id")
        writer.identifier(booking.providerID)
        writer.name("service_id")
        writer.identifier(booking.serviceID)
        writer.name("start_time")
        writer.timestamp(booking.slot.start)
        writer.endObject()
        return writer.bytes
    }

    private func write(metadataOf logged: LoggedEvent, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("cursor")
        writer.string(cursor(at: logged.position))
        writer.name("id")
        writer.identifier(logged.event.id)
        writer.name("occurred_at")
        writer.timestamp(logged.event.occurredAt)
        writer.endObject()
    }

    private func write(
        _ notice: ReminderNotice, of logged: LoggedEvent, withCustomer: Bool, to writer: inout JSONWriter
    ) {
        let booking = logged.event.booking
        writer.beginObject()
        writer.name("booking_id")
        writer.identifier(booking.id)
        if withCustomer {
            writer.name("customer_id")
            writer.string(booking.customerID?.text)
        }
        writer.name("due_at")
        writer.timestamp(notice.dueAt)
        writer.name("end_time")
        writer.timestamp(booking.slot.end)
        writer.name("event")
        write(metadataOf: logged, to: &writer)
        writer.name("late")
        writer.bool(notice.isLate)
        writer.name("minutes_before")
        writer.number(Double(notice.lead.wholeMilliseconds) / 60_000)
        writer.name("provider_id")
        writer.identifier(booking.providerID)
        writer.name("service_id")
        writer.identifier(booking.serviceID)
        writer.name("start_time")
        writer.timestamp(booking.slot.start)
        writer.endObject()
    }
}
