import Bookings
import GRDB

/// The rows of the event log. Each holds the booking as the event left it, so the history is read from them, too.
enum EventRow {
    static let columns = """
        position, action, occurred_at, lead_ms, due_at, late, booking_id, provider_id, customer_id, service_id, \
        start_time, end_time, status, version, times_version, created_at, updated_at, first_recorded_at, \
        traceparent
        """

    /// Takes the next position of the log.
    static func nextPosition(in database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(sql: "update event_log_head set head = head + 1 returning head")) ?? 0
    }

    /// Appends an event to the log and returns its position.
    ///
    /// - Parameters:
    ///   - origin: The request that made the change; `nil` for a reminder.
    ///   - replica: The name of the replica that records a reminder; `nil` for a change.
    static func append(
        _ event: BookingEvent, origin: RequestOrigin?, by replica: String? = nil, in database: Database
    ) throws -> LogPosition {
        let position = try nextPosition(in: database)
        let booking = event.booking
        var action: ActionName?
        var notice: ReminderNotice?
        switch event.kind {
        case .action(let name): action = name
        case .reminder(let reminder): notice = reminder
        }
        try database.cachedStatement(
            sql: """
                insert into booking_events (\(columns), actor_subject, actor_roles, request_id, recorded_by)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            position, action?.rawValue, event.occurredAt.milliseconds, notice?.lead.wholeMilliseconds,
            notice?.dueAt.milliseconds, notice?.isLate, booking.id.description, booking.providerID.description,
            booking.customerID?.text, booking.serviceID.description, booking.slot.start.milliseconds,
            booking.slot.end.milliseconds, booking.status.rawValue, booking.version, booking.timesVersion,
            booking.createdAt.milliseconds, booking.updatedAt.milliseconds,
            origin?.trace?.traceparent, origin?.subject.text,
            origin?.roles.map(\.rawValue).joined(separator: ","), origin?.requestID, replica,
        ])
        return LogPosition(position)
    }

    /// Reads an event from a row that has `columns`.
    static func event(_ row: Row) throws -> LoggedEvent {
        LoggedEvent(
            position: LogPosition(row[0]),
            event: BookingEvent(
                booking: try booking(row), kind: try kind(row),
                // A copy of an event has the instant of the original.
                occurredAt: BookingRow.instant(row[17] as Int64? ?? row[2])),
            trace: (row[18] as String?).flatMap { TraceContext(traceparent: $0) })
    }

    /// Reads the owners of an event's booking from a row of position, provider and customer.
    static func change(_ row: Row) throws -> LogChanges.Change {
        guard let provider = ProviderID(row[1] as String) else {
            throw StoreError.corrupt("an event's row has an invalid provider: \(row)")
        }
        return LogChanges.Change(
            position: LogPosition(row[0]), provider: provider, customer: (row[2] as String?).flatMap { Subject($0) })
    }

    /// Reads the booking as the event left it.
    static func booking(_ row: Row) throws -> Booking { try BookingRow.booking(row, from: 6) }

    private static func kind(_ row: Row) throws -> BookingEvent.Kind {
        if let lead = row[3] as Int64? {
            return .reminder(
                ReminderNotice(dueAt: BookingRow.instant(row[4]), lead: .milliseconds(lead), isLate: row[5]))
        }
        guard let action = ActionName(rawValue: row[1]) else {
            throw StoreError.corrupt("an event's row has an unknown action: \(row)")
        }
        return .action(action)
    }
}
