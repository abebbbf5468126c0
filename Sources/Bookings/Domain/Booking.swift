/// A customer's claim on a provider's time.
package struct Booking: Hashable, Sendable {
    package let id: BookingID
    package let providerID: ProviderID
    /// Nil when whoever made it named no customer and is none.
    package let customerID: Subject?
    package let serviceID: ServiceID
    package var slot: TimeSlot
    package var status: BookingStatus
    /// Begins at 1 and rises by one with each change.
    package var version: Int
    /// The version in which the booking took the times it has. A reminder belongs to one version of the times.
    package var timesVersion: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

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

    /// A booking as it is first made.
    package static func made(
        id: BookingID, providerID: ProviderID, customerID: Subject?, serviceID: ServiceID, slot: TimeSlot,
        status: BookingStatus, at now: Timestamp
    ) -> Booking {
        Booking(
            id: id, providerID: providerID, customerID: customerID, serviceID: serviceID, slot: slot, status: status,
            version: 1, timesVersion: 1, createdAt: now, updatedAt: now)
    }
}
