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
        package let instant: Timestamp
        package let upcoming: Set<BookingID>
        package let past: Set<BookingID>
        package let expectedUpcoming: Set<BookingID>
        package let expectedPast: Set<BookingID>
    }
}
