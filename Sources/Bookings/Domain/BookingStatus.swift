/// Where a booking stands in its life.
package enum BookingStatus: String, CaseIterable, Sendable {
    case pending
    case confirmed
    case cancelled
    case declined
    case completed
    case noShow = "no_show"

    /// A pending or confirmed booking keeps others out of its slot.
    package var holdsSlot: Bool { self == .pending || self == .confirmed }

    /// Cancelled and declined bookings stand in neither of the lists `upcoming` and `past`.
    package var isListed: Bool { self != .cancelled && self != .declined }
}
