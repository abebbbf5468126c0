import Bookings

/// A change of the stored data by hand, and the invariants that the audit must find violated by it.
package struct PlantedViolation: Sendable {
    package let name: String
    /// Statements that both databases understand.
    package let sql: String
    /// What PostgreSQL needs before, because it would refuse the change.
    package let postgres: String
    package let invariants: Set<AuditInvariant>

    private init(_ name: String, _ invariants: Set<AuditInvariant>, postgres: String = "", _ sql: String) {
        (self.name, self.invariants, self.postgres, self.sql) = (name, invariants, postgres, sql)
    }

    /// An instant at which the data of `fill` is sound.
    package static let now = at(1500)

    /// Writes four bookings: two adjacent ones that wait for their reminders, one that was reminded of, and one that was
    /// moved twice.
    package static func fill(_ store: some BookingStore & ReminderQueue) async throws {
        let provider = { (number: UInt64) in ProviderID(high: 0, low: number) }
        _ = try await store.write(creation(of: aBooking(1, provider: provider(1))))
        _ = try await store.write(creation(of: aBooking(2, provider: provider(1), slot: slot(7200, 9000))))
        _ = try await store.write(creation(of: aBooking(3, provider: provider(2), slot: slot(2000, 2600))))
        var moved = aBooking(4, provider: provider(3), slot: slot(20_000, 20_600))
        _ = try await store.write(creation(of: moved))
        for start in [30_000, 40_000] {
            guard let write = try change(moved, .reschedule(to: slot(start, start + 600)), at: at(start / 1000)) else {
                continue
            }
            _ = try await store.write(write)
            moved = write.booking
        }
        _ = try await store.fireDue(at: at(1400), limit: 10)
    }

    private static let first = "'\(aBooking(1).id)'"
    private static let second = "'\(aBooking(2).id)'"
    private static let reminded = "'\(aBooking(3).id)'"
    private static let moved = "'\(aBooking(4).id)'"

    /// Appends copies of the events that meet the condition.
    private static func copyEvents(_ condition: String) -> String {
        let columns = """
            action, occurred_at, booking_id, provider_id, customer_id, service_id, start_time, end_time, status, version,
            times_version, created_at, updated_at, lead_ms, due_at, late, actor_subject, actor_roles, request_id
            """
        return """
            insert into booking_events (position, \(columns))
            select (select max(position) + 1 from booking_events), \(columns) from booking_events where \(condition)
            """
    }

    private static func waitingReminder(_ values: String) -> String {
        "insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at) values (\(values))"
    }

    package static let all: [PlantedViolation] = [
        PlantedViolation(
            "a booking begins before another of the provider ends", [.overlap, .history, .reminderEarly],
            postgres: "alter table bookings drop constraint bookings_no_overlap",
            "update bookings set start_time = start_time - 60000 where id = \(second)"),
        PlantedViolation(
            "a change is missing in the history", [.versions],
            "delete from booking_events where booking_id = \(moved) and version = 2"),
        PlantedViolation(
            "a change is twice in the history", [.versions],
            "drop index booking_events_one_action; \(copyEvents("booking_id = \(moved) and version = 2"))"),
        PlantedViolation(
            "a version was set by hand", [.versions],
            "update bookings set version = 2 where id = \(first)"),
        PlantedViolation(
            "a customer was set by hand", [.history], "update bookings set customer_id = 'eve' where id = \(first)"),
        PlantedViolation(
            "a status was set by hand", [.history, .reminderStale],
            "update bookings set status = 'cancelled' where id = \(second)"),
        PlantedViolation(
            "an early change has another provider", [.history],
            "update booking_events set provider_id = '\(aProvider)' where booking_id = \(moved) and version = 1"),
        PlantedViolation(
            "a booking was deleted", [.history],
            "delete from reminders where booking_id = \(moved); delete from bookings where id = \(moved)"),
        PlantedViolation(
            "a reminder was deleted", [.reminderMissing], "delete from reminders where booking_id = \(first)"),
        PlantedViolation(
            "a reminder was recorded twice", [.reminderTwice],
            """
            drop index booking_events_one_original;
            \(copyEvents("booking_id = \(reminded) and lead_ms is not null"))
            """),
        PlantedViolation(
            "a recorded reminder waits again", [.reminderTwice],
            waitingReminder("\(reminded), 1, 600000, \(at(1400).milliseconds), \(at(0).milliseconds)")),
        PlantedViolation(
            "a reminder was recorded early", [.reminderEarly],
            "update booking_events set occurred_at = occurred_at - 5000 "
                + "where booking_id = \(reminded) and lead_ms is not null"),
        PlantedViolation(
            "a reminder waits for another instant", [.reminderEarly],
            "update reminders set due_at = due_at + 60000 where booking_id = \(first)"),
        PlantedViolation(
            "a reminder of other times waits", [.reminderStale],
            waitingReminder("\(first), 9, 600000, \(at(3000).milliseconds), \(at(0).milliseconds)")),
    ]
}

extension AuditSource {
    /// Returns everything that the audit finds at an instant.
    package func violations(at now: Timestamp, retention: Duration = .seconds(604_800)) async throws -> [AuditViolation]
    {
        var found: [AuditViolation] = []
        var id: BookingID?
        while true {
            let bookings = try await audited(after: id, limit: 3)
            found += bookings.flatMap { $0.violations(at: now, retention: retention) }
            guard let last = bookings.last else { break }
            id = last.booking.id
        }
        var position = LogPosition.start
        while true {
            let events = try await auditedEvents(after: position, limit: 3)
            found += events.withoutBooking.map { AuditViolation(.history, [$0], "no booking") }
            guard let last = events.last else { return found }
            position = last
        }
    }
}
