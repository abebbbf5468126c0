import Bookings

/// What the long histories of both stores have in common: the instant of reading, and the owners and bookings that stand
/// out.
package protocol LongHistory {}

extension LongHistory {
    /// The instant at which the tests read.
    package static var now: Timestamp { at(0) }
    /// Events that occurred before it are not readable.
    package static var keptSince: Timestamp { now - .seconds(7 * 24 * 3600) }
    /// Has every tenth booking.
    package static var busyProvider: ProviderID { ProviderID(high: 3, low: 0) }
    /// Has every tenth booking.
    package static var busyCustomer: Subject { subject("busy") }
    /// Has adjacent bookings of five minutes from `now` on, a quarter of the history's size.
    package static var crowded: ProviderID { ProviderID(high: 3, low: 1) }
    /// Was rescheduled 5,000 times where the history has 200,000 bookings.
    package static var rescheduled: BookingID { BookingID(high: 7, low: 1) }
}
