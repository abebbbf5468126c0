import Bookings

/// A rule that was broken, and by what.
package struct Violation: Codable, Hashable, Sendable, CustomStringConvertible {
    package let invariant: String
    package let detail: String
    /// Where in the history it lies: whose events to show, and around which instant. Nil: it has no one place.
    package var booking: BookingID?
    package var at: Timestamp?

    package var description: String { "\(invariant): \(detail)" }
}

/// What a check found, before the invariant's name is put to it.
struct Finding {
    let detail: String
    let booking: BookingID?
    let at: Timestamp?

    init(_ detail: String, booking: BookingID? = nil, at: Timestamp? = nil) {
        self.detail = detail
        self.booking = booking
        self.at = at
    }
}
