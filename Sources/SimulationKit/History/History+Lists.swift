import Bookings

extension History {
    /// A walk over a list by cursor, from its first page to its last.
    package struct Walk: Codable, Sendable {
        /// The path of the first page.
        package let list: String
        /// The sort keys of the rows, in the order in which they were shown.
        package let shown: [SortKey]
        /// Whether the list is sorted in descending order.
        package let descending: Bool
        /// The bookings that belonged to the list from before the walk until after it.
        package let presentThroughout: Set<BookingID>
        /// Whether a page without a next cursor was reached.
        package let hasEnded: Bool
        /// The number of pages that were read after a booking had been inserted since the page before.
        package var inserts = 0
    }

    /// The upcoming and the past list, read in full at one instant, and what they had to hold.
    package struct Partition: Codable, Sendable {
        /// The virtual time of all three reads.
        package let instant: Timestamp
        /// The bookings that the upcoming list showed.
        package let upcoming: Set<BookingID>
        /// The bookings that the past list showed.
        package let past: Set<BookingID>
        /// The listed bookings of the whole list that end after the instant.
        package let expectedUpcoming: Set<BookingID>
        /// The listed bookings of the whole list that end at the instant or before.
        package let expectedPast: Set<BookingID>
    }
}
