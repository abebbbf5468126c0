/// A reservation of a provider's time for a customer.
package struct Booking: Hashable, Sendable {
    /// The id, which the service makes.
    package let id: BookingID
    /// The provider whose time is reserved. A provider's bookings that hold their slots do not overlap.
    package let providerID: ProviderID
    /// The customer; `nil` when the creator named none and is not a customer.
    package let customerID: Subject?
    /// The service that is booked.
    package let serviceID: ServiceID
    /// The reserved time.
    package var slot: TimeSlot
    /// The current status; `BookingTransition` has the rules by which it changes.
    package var status: BookingStatus
    /// The number of the current version: 1 for a new booking, one more with each change. It is the entity tag.
    package var version: Int
    /// The version that set the current slot. A reminder belongs to one version of the slot.
    package var timesVersion: Int
    /// The instant of the creation.
    package let createdAt: Timestamp
    /// The instant of the last change; that of the creation for version 1.
    package var updatedAt: Timestamp

    /// Creates a value from its stored members; `made` creates a new booking.
    package init(
        id: BookingID, providerID: ProviderID, customerID: Subject?, serviceID: ServiceID, slot: TimeSlot,
        status: BookingStatus, version: Int, timesVersion: Int, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.providerID = providerID
        self.customerID = customerID
        self.serviceID = serviceID
        self.slot = slot
        self.status = status
        self.version = version
        self.timesVersion = timesVersion
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Returns a new booking, in its first version.
    package static func made(
        id: BookingID, providerID: ProviderID, customerID: Subject?, serviceID: ServiceID, slot: TimeSlot,
        status: BookingStatus, at now: Timestamp
    ) -> Booking {
        Booking(
            id: id, providerID: providerID, customerID: customerID, serviceID: serviceID, slot: slot, status: status,
            version: 1, timesVersion: 1, createdAt: now, updatedAt: now)
    }
}
