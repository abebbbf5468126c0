import Bookings

/// A rule that was broken, and by what.
struct Violation: Codable, Hashable, Sendable, CustomStringConvertible {
    let invariant: String
    let detail: String
    /// Where in the history it lies: whose events to show, and around which instant. Nil: it has no one place.
    var booking: BookingID?
    var at: Timestamp?

    var description: String { "\(invariant): \(detail)" }
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
