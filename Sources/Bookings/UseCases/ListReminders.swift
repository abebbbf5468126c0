/// Reads the ledger of reminders.
package struct ListReminders: Sendable {
    /// The rows of a page, and the key after which the next one begins; `nil` when no row follows.
    package typealias Page = (entries: [ReminderEntry], next: ReminderKey?)

    private let ledger: any ReminderLedger

    /// Creates the use case.
    package init(ledger: any ReminderLedger) {
        self.ledger = ledger
    }

    /// Throws `forbidden` unless the principal is an admin.
    package func callAsFunction(
        _ filter: ReminderFilter, after key: ReminderKey?, limit: Int, by principal: Principal
    ) async throws(BookingError) -> Page {
        guard principal.roles.contains(.admin) else { throw .forbidden }
        // One more row than the page holds tells whether another page follows.
        let entries = try await unavailableIfFailing {
            try await ledger.reminders(filter, after: key, limit: limit + 1)
        }
        let page = entries.prefix(limit)
        return (Array(page), entries.count > limit ? page.last?.key : nil)
    }
}
