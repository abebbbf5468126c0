/// Reads a booking or its history.
package struct GetBooking: Sendable {
    private let store: any BookingStore
    private let customerAccess: CustomerAccess

    /// Creates the use case.
    package init(store: any BookingStore, customerAccess: CustomerAccess) {
        self.store = store
        self.customerAccess = customerAccess
    }

    /// Throws `forbidden` if the principal's roles permit no reading, and `notFound` if it may not see the booking.
    package func callAsFunction(_ id: BookingID, by principal: Principal) async throws(BookingError) -> Booking {
        guard let scope = principal.readScope(customerAccess) else { throw .forbidden }
        let booking = try await unavailableIfFailing { try await store.booking(id) }
        guard let booking, scope.contains(booking) else { throw .notFound }
        return booking
    }

    /// Returns at most `limit` history entries after the one that led to `version`; version 0 precedes the first.
    package func history(
        of id: BookingID, after version: Int, limit: Int, by principal: Principal
    ) async throws(BookingError) -> HistoryPage {
        _ = try await self(id, by: principal)
        // The entry before the page shows what its first entry changed; the entry after it, whether there are more.
        let before = version > 0 ? 1 : 0
        let entries = try await unavailableIfFailing {
            try await store.history(of: id, from: max(1, version), limit: before + limit + 1)
        }
        return HistoryPage(
            before: before > 0 ? entries.first?.booking : nil, entries: Array(entries.dropFirst(before).prefix(limit)),
            isCut: entries.count > before + limit)
    }
}

/// A page of a booking's history.
package struct HistoryPage: Sendable {
    /// The maximum number of entries in a page.
    package static let maximumEntries = 1000

    /// The booking before the first entry; `nil` if that entry created it.
    package let before: Booking?
    /// The entries in the order of their versions.
    package let entries: [HistoryEntry]
    /// Whether more entries follow.
    package let isCut: Bool
}
