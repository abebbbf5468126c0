/// Which rows of a list are requested.
package enum PageContent: Hashable, Sendable {
    /// A page by its number, from 1, with the total of the list.
    case page(number: Int, limit: Int)
    /// The rows that follow a sort key, without the total.
    case after(SortKey, limit: Int)

    /// Whether it is a numbered page, which has a total.
    package var isPage: Bool {
        if case .page = self { true } else { false }
    }
}

/// The rows of a list, its total and its next change, read in one snapshot.
package struct ListRows: Sendable {
    /// The requested rows, in the order of the list.
    package let bookings: [Booking]
    /// The number of bookings in the whole list; `nil` unless a page was requested.
    package let total: Int?
    /// The first instant after the query's `asOf` at which time alone changes the list: the end of a booking, which then
    /// leaves `upcoming` or enters `past`. `nil` when there is none, or no page was requested.
    package let changesAt: Timestamp?

    package init(bookings: [Booking], total: Int?, changesAt: Timestamp?) {
        self.bookings = bookings
        self.total = total
        self.changesAt = changesAt
    }
}
