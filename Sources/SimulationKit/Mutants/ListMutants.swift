import Bookings
import BookingsRuntime

extension Mutant {
    static let lists = [pageSkipsRow, pageRepeatsRow, boundaryGap]

    static let pageSkipsRow = Mutant(
        "page-skips-row", "a page after a cursor lacks its first row", caughtBy: "page-walk", in: .pagination,
        .ports { ports in
            ports.interceptList { (query, page, store) throws(StoreError) in
                let rows = try await store.bookings(query, page)
                guard case .after = page else { return rows }
                return rows.with(Array(rows.bookings.dropFirst()))
            }
        })

    static let pageRepeatsRow = Mutant(
        "page-repeats-row", "a page after a cursor begins with the last row of the page before", caughtBy: "page-walk",
        in: .pagination,
        .ports { ports in
            ports.interceptList { (query, page, store) throws(StoreError) in
                let rows = try await store.bookings(query, page)
                guard case .after(let key, let limit) = page, let last = try await store.booking(key.id) else {
                    return rows
                }
                return rows.with(Array(([last] + rows.bookings).prefix(limit)))
            }
        })

    static let boundaryGap = Mutant(
        "boundary-gap", "a booking is past a second after it is no longer upcoming", caughtBy: "partition",
        in: .pagination,
        .ports { ports in
            ports.interceptList { (query, page, store) throws(StoreError) in
                var query = query
                if query.list == .past { query.asOf = query.asOf - .seconds(1) }
                return try await store.bookings(query, page)
            }
        })
}

extension ApplicationPorts {
    /// Passes each reading of a list on to the closure instead of the store.
    mutating func interceptList(
        _ intercept:
            @escaping @Sendable (BookingQuery, PageContent, any BookingStore) async throws(StoreError) -> ListRows
    ) {
        let store = store
        self.store = InterceptedStore(
            store: store, onList: { (query, page) throws(StoreError) in try await intercept(query, page, store) })
    }
}

extension ListRows {
    fileprivate func with(_ bookings: [Booking]) -> ListRows {
        ListRows(bookings: bookings, total: total, changesAt: changesAt)
    }
}
