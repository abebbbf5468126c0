/// A rule of the stored data; the raw value is its label in metrics and its name in reports.
package enum AuditInvariant: String, CaseIterable, Sendable {
    /// No provider has two bookings at one instant.
    case overlap
    /// The history has each version once, up to the booking's.
    case versions
    /// The history rebuilds the booking's row, and every event has its booking.
    case history
    /// A confirmed booking that has not started has its reminder.
    case reminderMissing = "reminder-missing"
    /// A reminder is recorded once.
    case reminderTwice = "reminder-twice"
    /// No reminder is recorded before it is due, and none is due at another instant than start minus lead.
    case reminderEarly = "reminder-early"
    /// No reminder waits that its booking does not owe.
    case reminderStale = "reminder-stale"
}

/// Stored data that breaks a rule.
package struct AuditViolation: Hashable, Sendable, CustomStringConvertible {
    /// The rule.
    package let invariant: AuditInvariant
    /// The bookings that break it.
    package let bookings: [BookingID]
    /// What is wrong, in a clause without personal data.
    package let detail: String

    /// Creates a violation from its members.
    package init(_ invariant: AuditInvariant, _ bookings: [BookingID], _ detail: String) {
        self.invariant = invariant
        self.bookings = bookings
        self.detail = detail
    }

    /// One line: the invariant, the bookings, the detail.
    package var description: String {
        "\(invariant.rawValue) \(bookings.map(\.description).joined(separator: " ")): \(detail)"
    }
}
