import Bookings
import GRDB

/// The rows of the event log. Each holds the booking as the event left it, so the history is read from them, too.
enum EventRow {
    static let columns = """
        position, action, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status, \
        version, times_version, created_at, updated_at, lead_ms, due_at, late
        """

    /// Appends an event to the log and returns its position.
    ///
    /// - Parameter origin: The request that made the change; `nil` for a reminder.
    static func append(_ event: BookingEvent, origin: RequestOrigin?, in database: Database) throws -> LogPosition {
        let position =
            try Int64.fetchOne(
                database.cachedStatement(sql: "update event_log_head set head = head + 1 returning head")) ?? 0
        let booking = event.booking
        var action: ActionName?
        var notice: ReminderNotice?
        switch event.kind {
        case .action(let name): action = name
        case .reminder(let reminder): notice = reminder
        }
        try database.cachedStatement(
            sql: """
                insert into booking_events (\(columns), actor_subject, actor_roles, request_id)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            position, action?.rawValue, event.occurredAt.milliseconds, booking.id.description,
            booking.providerID.description, booking.customerID?.text, booking.serviceID.description,
            booking.slot.start.milliseconds, booking.slot.end.milliseconds, booking.status.rawValue, booking.version,
            booking.timesVersion, booking.createdAt.milliseconds, booking.updatedAt.milliseconds,
            notice?.lead.wholeMilliseconds, notice?.dueAt.milliseconds, notice?.isLate, origin?.subject.text,
            origin?.roles.map(\.rawValue).joined(separator: ","), origin?.requestID,
        ])
        return LogPosition(position)
    }

    /// Reads an event from a row that has `columns`.
    static func event(_ row: Row) throws -> LoggedEvent {
        let booking = try BookingRow.booking(row, id: "booking_id")
        return LoggedEvent(
            position: LogPosition(row["position"]),
            event: BookingEvent(
                booking: booking, kind: try kind(row), occurredAt: BookingRow.instant(row["occurred_at"])))
    }

    private static func kind(_ row: Row) throws -> BookingEvent.Kind {
        if let lead = row["lead_ms"] as Int64? {
            let notice = ReminderNotice(
                dueAt: BookingRow.instant(row["due_at"]), lead: .milliseconds(lead), isLate: row["late"])
            return .reminder(notice)
        }
        guard let action = ActionName(rawValue: row["action"]) else {
            throw StoreError.corrupt("an event's row has an unknown action: \(row)")
        }
        return .action(action)
    }
}
