import Bookings
import GRDB

extension SQLiteStore: AuditSource {
    /// Returns the next bookings, read in one snapshot.
    package func audited(after id: BookingID?, limit: Int) async throws(StoreError) -> [AuditedBooking] {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: "select \(BookingRow.columns) from bookings where id > ? order by id limit ?")
            return try Row.fetchAll(statement, arguments: [id?.description ?? "", limit])
                .map { try AuditRow.audited(BookingRow.booking($0), in: database) }
        }
    }

    /// Returns the next events and which of them have no booking.
    package func auditedEvents(after position: LogPosition, limit: Int) async throws(StoreError) -> AuditedEvents {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: """
                    select position, booking_id, exists (select 1 from bookings where id = booking_id) as has_booking
                    from booking_events where position > ? order by position limit ?
                    """)
            let rows = try Row.fetchAll(statement, arguments: [position.number, limit])
            let missing = rows.filter { !($0["has_booking"] as Bool) }.compactMap {
                BookingID($0["booking_id"] as String)
            }
            return AuditedEvents(
                last: rows.last.map { LogPosition($0["position"]) }, withoutBooking: Set(missing).sorted())
        }
    }
}

/// Reads what the store holds about a booking.
private enum AuditRow {
    static func audited(_ booking: Booking, in database: Database) throws -> AuditedBooking {
        AuditedBooking(
            booking: booking, overlapping: try overlapping(booking, in: database),
            waiting: try waiting(booking.id, in: database), recorded: try recorded(booking.id, in: database),
            changes: try changes(of: booking, in: database))
    }

    private static func overlapping(_ booking: Booking, in database: Database) throws -> BookingID? {
        guard booking.status.holdsSlot else { return nil }
        let statement = try database.cachedStatement(
            sql: """
                select id from bookings indexed by bookings_held
                where provider_id = :provider and status in ('pending', 'confirmed') and start_time >= :start
                    and start_time < :end and id <> :id and (start_time > :start or id > :id)
                order by start_time, id limit 1
                """)
        let id = try String.fetchOne(
            statement,
            arguments: [
                "provider": booking.providerID.description, "start": booking.slot.start.milliseconds,
                "end": booking.slot.end.milliseconds, "id": booking.id.description,
            ])
        return id.flatMap { BookingID($0) }
    }

    private static func waiting(_ id: BookingID, in database: Database) throws -> [Reminder] {
        let statement = try database.cachedStatement(
            sql: """
                select times_version, lead_ms, due_at, armed_at from reminders where booking_id = ?
                order by times_version, lead_ms limit \(AuditedBooking.maximumChanges)
                """)
        return try Row.fetchAll(statement, arguments: [id.description]).map { row in
            Reminder(
                bookingID: id, timesVersion: row["times_version"], lead: .milliseconds(row["lead_ms"] as Int64),
                dueAt: BookingRow.instant(row["due_at"]), armedAt: BookingRow.instant(row["armed_at"]))
        }
    }

    private static func recorded(
        _ id: BookingID, in database: Database
    ) throws -> [AuditedBooking.RecordedReminder] {
        let statement = try database.cachedStatement(
            sql: """
                select times_version, lead_ms, due_at, occurred_at from booking_events
                where booking_id = ? and lead_ms is not null and first_recorded_at is null
                order by times_version desc, lead_ms limit \(AuditedBooking.maximumChanges)
                """)
        return try Row.fetchAll(statement, arguments: [id.description]).map { row in
            AuditedBooking.RecordedReminder(
                kind: ReminderKind(
                    timesVersion: row["times_version"], lead: .milliseconds(row["lead_ms"] as Int64)),
                dueAt: BookingRow.instant(row["due_at"]), occurredAt: BookingRow.instant(row["occurred_at"]))
        }
    }

    private static func changes(of booking: Booking, in database: Database) throws -> AuditedBooking.Changes {
        let statement = try database.cachedStatement(
            sql: """
                select booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version,
                    times_version, created_at, updated_at
                from booking_events where booking_id = ? and lead_ms is null
                order by version desc, position desc limit \(AuditedBooking.maximumChanges)
                """)
        let rows = try Row.fetchAll(statement, arguments: [booking.id.description])
            .map { try BookingRow.booking($0) }
        return AuditedBooking.Changes(
            count: rows.count, first: rows.last?.version ?? 0, last: rows.first?.version ?? 0,
            areOfOneBooking: rows.allSatisfy { row in
                row.providerID == booking.providerID && row.serviceID == booking.serviceID
                    && row.customerID == booking.customerID && row.createdAt == booking.createdAt
            },
            result: rows.first { $0.version == booking.version })
    }
}
