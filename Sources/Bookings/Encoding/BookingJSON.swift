extension JSONWriter {
    /// The booking as clients see it, members sorted by name.
    package mutating func booking(_ booking: Booking) {
        beginObject()
        createdAndCustomer(of: booking)
        endTime(of: booking)
        idAndRest(of: booking)
        endObject()
    }

    /// The booking as an event carries it: `event` stands among its members.
    package mutating func booking(_ booking: Booking, event: (inout JSONWriter) -> Void) {
        beginObject()
        createdAndCustomer(of: booking)
        endTime(of: booking)
        name("event")
        event(&self)
        idAndRest(of: booking)
        endObject()
    }

    private mutating func endTime(of booking: Booking) {
        name("end_time")
        timestamp(booking.slot.end)
    }

    private mutating func createdAndCustomer(of booking: Booking) {
        name("created_at")
        timestamp(booking.createdAt)
        name("customer_id")
        string(booking.customerID?.text)
    }

    private mutating func idAndRest(of booking: Booking) {
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
