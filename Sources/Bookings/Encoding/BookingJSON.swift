extension JSONWriter {
    /// Writes a booking as the API shows it, with members sorted by name.
    package mutating func booking(_ booking: Booking) {
        beginObject()
        membersBeforeEndTime(of: booking)
        endTime(of: booking)
        membersAfterEvent(of: booking)
        endObject()
    }

    /// Writes a booking as an event has it.
    ///
    /// - Parameter event: Writes the value of the member `event`.
    package mutating func booking(_ booking: Booking, event: (inout JSONWriter) -> Void) {
        beginObject()
        membersBeforeEndTime(of: booking)
        endTime(of: booking)
        name("event")
        event(&self)
        membersAfterEvent(of: booking)
        endObject()
    }

    private mutating func endTime(of booking: Booking) {
        name("end_time")
        timestamp(booking.slot.end)
    }

    private mutating func membersBeforeEndTime(of booking: Booking) {
        name("created_at")
        timestamp(booking.createdAt)
        name("customer_id")
        string(booking.customerID?.text)
    }

    private mutating func membersAfterEvent(of booking: Booking) {
        name("id")
        identifier(booking.id)
        name("provider_id")
        identifier(booking.providerID)
        name("service_id")
        identifier(booking.serviceID)
        name("start_time")
        timestamp(booking.slot.start)
        name("status")
        string(booking.status.rawValue)
        name("updated_at")
        timestamp(booking.updatedAt)
        name("version")
        integer(booking.version)
    }
}
