/// The booking that a request asks for.
package struct NewBooking: Sendable {
    /// The provider whose time is booked.
    package let providerID: ProviderID
    /// The service that is booked.
    package let serviceID: ServiceID
    /// `nil` if the request names no customer.
    package let customerID: Subject?
    /// The time of the booking.
    package let slot: TimeSlot

    /// Collects the members of a valid request.
    package init(providerID: ProviderID, serviceID: ServiceID, customerID: Subject?, slot: TimeSlot) {
        self.providerID = providerID
        self.serviceID = serviceID
        self.customerID = customerID
        self.slot = slot
    }
}

/// Creates a booking.
package struct CreateBooking: Sendable {
    private let writes: BookingWrites

    /// Creates the use case.
    package init(_ writes: BookingWrites) {
        self.writes = writes
    }

    /// Throws `forbidden` unless the principal may create the booking, and `slotTaken` if another one is in its slot.
    package func callAsFunction(
        _ new: NewBooking, by principal: Principal, for request: WriteRequest
    ) async throws(BookingError) -> WriteResult {
        guard principal.mayCreate(with: new.providerID, for: new.customerID) else { throw .forbidden }
        let now = writes.clock.now()
        let randomness = writes.identifiers.bits(for: .bookingID, key: request.origin.requestID)
        let booking = Booking.made(
            id: .version7(at: now, randomness: randomness), providerID: new.providerID,
            customerID: principal.customer(named: new.customerID), serviceID: new.serviceID, slot: new.slot,
            status: writes.initialStatus, at: now)
        guard let result = try await writes.write(booking, replacing: nil, by: .create, at: now, for: request) else {
            preconditionFailure("A new booking replaces no version.")
        }
        return result
    }
}
