/// Reads one booking, or its history. What the caller may not see does not exist.
package struct GetBooking: Sendable {
    private let store: any BookingStore
    private let customerAccess: CustomerAccess

    package init(store: any BookingStore, customerAccess: CustomerAccess) {
        self.store = store
        self.customerAccess = customerAccess
    }

    package func callAsFunction(_ id: BookingID, by principal: Principal) async throws(BookingError) -> Booking {
        guard let scope = principal.readScope(customerAccess) else { throw .forbidden }
        let booking = try await unavailableIfFailing { try await store.booking(id) }
        guard let booking, scope.contains(booking) else { throw .notFound }
        return booking
    }

    /// At most `limit` entries, from the one behind the version on; 0: from the first.
    package func history(
        of id: BookingID, after version: Int, limit: Int, by principal: Principal
    ) async throws(BookingError) -> HistoryPage {
        _ = try await self(id, by: principal)
        // One entry before says what the first one changed, and one behind whether there is more.
        let before = version > 0 ? 1 : 0
        let entries = try await unavailableIfFailing {
            try await store.history(of: id, from: max(1, version), limit: before + limit + 1)
        }
        return HistoryPage(
            before: before > 0 ? entries.first?.booking : nil, entries: Array(entries.dropFirst(before).prefix(limit)),
            isCut: entries.count > before + limit)
    }
}

/// A stretch of a booking's history.
package struct HistoryPage: Sendable {
    /// As the booking was before the first entry; nil when that made it.
    package let before: Booking?
    package let entries: [HistoryEntry]
    /// There are more.
    package let isCut: Bool
}
