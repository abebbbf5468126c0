import Bookings

/// The columns of an event, in the same order for every statement.
enum EventColumns {
    static let names = """
        position, action, occurred_at, lead_ms, due_at, late, booking_id, provider_id, customer_id, service_id, \
        start_time, end_time, status, version, times_version, created_at, updated_at, first_recorded_at, \
        traceparent
        """

    /// Reads an event from the columns that begin at `first`, in the order of `names`.
    static func event(_ row: PostgresRow, from first: Int) throws(StoreError) -> LoggedEvent {
        LoggedEvent(
            position: LogPosition(try row.integer(first)),
            event: BookingEvent(
                booking: try BookingColumns.booking(row, from: first + 6), kind: try kind(row, from: first),
                occurredAt: try occurredAt(row, from: first)),
            trace: row.optionalText(first + 18).flatMap { TraceContext(traceparent: $0) })
    }

    /// A copy of an event has the instant of the original.
    private static func occurredAt(_ row: PostgresRow, from first: Int) throws(StoreError) -> Timestamp {
        if let original = try row.optionalInteger(first + 17) { return Timestamp(milliseconds: original) }
        return try row.instant(first + 2)
    }

    private static func kind(_ row: PostgresRow, from first: Int) throws(StoreError) -> BookingEvent.Kind {
        if let lead = try row.optionalInteger(first + 3) {
            let dueAt = try row.instant(first + 4)
            return .reminder(ReminderNotice(dueAt: dueAt, lead: .milliseconds(lead), isLate: row.flag(first + 5)))
        }
        guard let action = ActionName(rawValue: try row.text(first + 1)) else {
            throw .corrupt("an event has an unknown action")
        }
        return .action(action)
    }
}
