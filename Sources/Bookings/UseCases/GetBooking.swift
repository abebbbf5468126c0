/// Reads one booking, or its history. What the caller may not see does not exist.
public struct GetBooking: Sendable {
    private let store: any BookingStore
    private let customerAccess: CustomerAccess

    public init(store: any BookingStore, customerAccess: CustomerAccess) {
        self.store = store
        self.customerAccess = customerAccess
    }

    public func callAsFunction(_ id: BookingID, by principal: Principal) async throws(BookingError) -> Booking {
        guard let scope = principal.readScope(customerAccess) else { throw .forbidden }
        let booking = try await unavailableIfFailing { try await store.booking(id) }
        guard let booking, scope.contains(booking) else { throw .notFound }
        return booking
    }

    public func history(of id: BookingID, by principal: Principal) async throws(BookingError) -> [HistoryEntry] {
        _ = try await self(id, by: principal)
        return try await unavailableIfFailing { try await store.history(of: id) }
    }
}
