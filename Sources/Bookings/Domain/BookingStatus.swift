/// The status of a booking; the raw value is its name in the API and in stores.
package enum BookingStatus: String, CaseIterable, Sendable {
    case pending
    case confirmed
    case cancelled
    case declined
    case completed
    case noShow = "no_show"

    /// Whether other bookings of the provider must not overlap the slot.
    package var holdsSlot: Bool { self == .pending || self == .confirmed }

    /// Whether the lists `upcoming` and `past` contain bookings of this status.
    package var isListed: Bool { self != .cancelled && self != .declined }
}
