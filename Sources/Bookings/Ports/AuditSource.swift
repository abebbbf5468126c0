/// Reads stored data for the audit, in small steps.
package protocol AuditSource: Sendable {
    /// Returns the bookings that follow an id, in the order of ids, each with what the store holds about it in the same
    /// snapshot.
    func audited(after id: BookingID?, limit: Int) async throws(StoreError) -> [AuditedBooking]

    /// Returns which of the next events of the log are of bookings that do not exist.
    func auditedEvents(after position: LogPosition, limit: Int) async throws(StoreError) -> AuditedEvents
}

/// A stretch of the log, as the audit reads it.
package struct AuditedEvents: Hashable, Sendable {
    /// The position of the last event; `nil` when there was none.
    package let last: LogPosition?
    /// The bookings of events in the stretch that do not exist.
    package let withoutBooking: [BookingID]

    package init(last: LogPosition?, withoutBooking: [BookingID]) {
        self.last = last
        self.withoutBooking = withoutBooking
    }
}
