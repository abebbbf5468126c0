import Bookings

/// An invariant that a run violated.
package struct Violation: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The name of the checker.
    package let invariant: String
    /// What was observed, in one sentence.
    package let detail: String
    /// The booking whose requests and events explain the violation; `nil` when it is not about one booking.
    package var booking: BookingID?
    /// The virtual time of the violation; `nil` when it has none.
    package var at: Timestamp?

    /// Creates a violation of the invariant with this name.
    package init(invariant: String, detail: String, booking: BookingID? = nil, at: Timestamp? = nil) {
        self.invariant = invariant
        self.detail = detail
        self.booking = booking
        self.at = at
    }

    /// The name of the invariant and the detail.
    package var description: String { "\(invariant): \(detail)" }
}

extension Violation {
    init(invariant: String, _ anomaly: Anomaly) {
        self.init(invariant: invariant, detail: anomaly.detail, booking: anomaly.booking, at: anomaly.at)
    }
}

/// An observation that contradicts an invariant: a violation before it has the name of its checker.
struct Anomaly {
    let detail: String
    let booking: BookingID?
    let at: Timestamp?

    init(_ detail: String, booking: BookingID? = nil, at: Timestamp? = nil) {
        self.detail = detail
        self.booking = booking
        self.at = at
    }
}
