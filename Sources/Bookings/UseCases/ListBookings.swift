/// The rows of a page as JSON, with what its metadata is computed from.
package struct ListPage: Sendable {
    /// The rows separated by commas, without brackets.
    package let rows: ArraySlice<UInt8>
    /// The number of rows in the whole list; `nil` when paging by cursor.
    package let total: Int?
    /// The sort key of the last row; `nil` if no row follows it.
    package let next: SortKey?
    /// `nil` if the page must not be reused.
    package internal(set) var validity: PageValidity?
}

/// Reads pages of a list.
package struct ListBookings: Sendable {
    private let store: any BookingStore
    private let cache: PageCache

    /// Creates the use case.
    package init(store: any BookingStore, cache: PageCache) {
        self.store = store
        self.cache = cache
    }

    /// Returns a numbered page.
    ///
    /// - Parameters:
    ///   - context: The query as `ListContext` writes it.
    ///   - isPinned: Whether the client chose `query.asOf`; such a page is not cached.
    ///   - checked: What `PageCache` has read about the query's scope for this request.
    package func page(
        _ query: BookingQuery, context: String, number: Int, limit: Int, isPinned: Bool, checked: CheckedScope?
    ) async throws(BookingError) -> ListPage {
        if isPinned { return try await read(query, number: number, limit: limit).rows }
        return try await cache.rows(of: query, context: context, number: number, limit: limit, checked: checked) {
            () async throws(BookingError) in
            try await read(query, number: number, limit: limit)
        }
    }

    /// Returns the page of rows after a key.
    package func page(_ query: BookingQuery, after key: SortKey, limit: Int) async throws(BookingError) -> ListPage {
        // One more row than the page holds tells whether another page follows.
        let rows = try await unavailableIfFailing { try await store.bookings(query, .after(key, limit: limit + 1)) }
        let page = rows.bookings.prefix(limit)
        let next = rows.bookings.count > limit ? page.last.map(query.sort.key) : nil
        return ListPage(rows: Self.json(page), total: nil, next: next)
    }

    private func read(
        _ query: BookingQuery, number: Int, limit: Int
    ) async throws(BookingError) -> (rows: ListPage, changesAt: Timestamp?) {
        let rows = try await unavailableIfFailing {
            try await store.bookings(query, .page(number: number, limit: limit))
        }
        let total = rows.total ?? 0
        let pageCount = (total + limit - 1) / limit
        let next = number < pageCount ? rows.bookings.last.map(query.sort.key) : nil
        return (ListPage(rows: Self.json(rows.bookings[...]), total: total, next: next), rows.changesAt)
    }

    private static func json(_ bookings: ArraySlice<Booking>) -> ArraySlice<UInt8> {
        var writer = JSONWriter(reservingCapacity: bookings.count * 420)
        for booking in bookings { writer.booking(booking) }
        return writer.bytes[...]
    }
}
