import Bookings

extension History {
    /// A reminder of the ledger, as an admin reads it after the run.
    package struct LedgerRow: Codable, Hashable, Sendable {
        /// The id of the reminder's event.
        package let event: String
        /// The booking.
        package let booking: BookingID?
        /// What became of it, by its name in the API.
        package let outcome: String
        /// When the outcome was recorded; `nil` while the reminder waits.
        package let recordedAt: Timestamp?

        /// Whether the reminder was announced.
        var wasAnnounced: Bool {
            outcome == ReminderEntry.Outcome.fired.rawValue || outcome == ReminderEntry.Outcome.late.rawValue
        }
    }
}
