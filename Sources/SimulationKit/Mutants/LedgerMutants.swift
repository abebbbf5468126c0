import Bookings
import BookingsRuntime

extension Mutant {
    static let ledger = [ledgerForgets, ledgerOnTime]

    static let ledgerForgets = Mutant(
        "ledger-forgets", "the ledger does not have every fifth reminder", caughtBy: "reminder-ledger", in: .reminders,
        .ports { ports in
            ports.ledger = InterceptedLedger(ledger: ports.ledger) { entry in
                entry.identity.bookingID.low % 5 == 0 ? nil : entry
            }
        })

    static let ledgerOnTime = Mutant(
        "ledger-on-time", "the ledger has late reminders as fired in time", caughtBy: "reminder-ledger",
        in: .cancelReschedule,
        .ports { ports in
            ports.ledger = InterceptedLedger(ledger: ports.ledger) { entry in
                entry.outcome != .late
                    ? entry
                    : ReminderEntry(
                        identity: entry.identity, providerID: entry.providerID, dueAt: entry.dueAt, outcome: .fired,
                        recordedAt: entry.recordedAt, recordedBy: entry.recordedBy)
            }
        })
}

/// A ledger whose entries pass through a function, which leaves out those for which it returns `nil`.
private struct InterceptedLedger: ReminderLedger {
    let ledger: any ReminderLedger
    let change: @Sendable (ReminderEntry) -> ReminderEntry?

    func reminders(
        _ filter: ReminderFilter, after key: ReminderKey?, limit: Int
    ) async throws(StoreError) -> [ReminderEntry] {
        try await ledger.reminders(filter, after: key, limit: limit).compactMap(change)
    }

    func replay(_ id: EventID, at now: Timestamp) async throws(StoreError) -> ReplayOutcome {
        try await ledger.replay(id, at: now)
    }
}
