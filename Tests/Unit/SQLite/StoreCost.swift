import TestSupport

@testable import Bookings
@testable import BookingsSQLite

/// A call of the store of which the pages that it reads are counted in a `SQLiteHistory`.
///
/// To have a call checked, add it to one of the lists that `all` joins.
struct StoreCost {
    let name: String
    /// The most pages that it may read, however long the history is.
    let maximumPages: Int
    let call: @Sendable (SQLiteStore) async throws -> Void

    init(_ name: String, pages maximumPages: Int, _ call: @escaping @Sendable (SQLiteStore) async throws -> Void) {
        (self.name, self.maximumPages, self.call) = (name, maximumPages, call)
    }

    /// The calls in an order in which none finds the work of another done.
    static func all(_ history: SQLiteHistory) -> [StoreCost] {
        log(history) + bookings(history) + ledger + reminders + expired(history)
    }

    private static func log(_ history: SQLiteHistory) -> [StoreCost] {
        let near = LogPosition(history.head.number - 1000)
        let scopes = [
            "a provider": BookingScope(provider: SQLiteHistory.busyProvider),
            "a customer": BookingScope(customer: SQLiteHistory.busyCustomer),
            "both": BookingScope(provider: SQLiteHistory.busyProvider, customer: SQLiteHistory.busyCustomer),
            "a small customer": BookingScope(customer: subject("ann")), "all": .all,
        ]
        let positions = ["a cursor": near, "the beginning": nil, "an expired cursor": LogPosition(1)]
        let readings = scopes.flatMap { scope in
            positions.map { position in
                StoreCost("events of \(scope.key) from \(position.key)", pages: 500) {
                    _ = try await $0.events(
                        after: position.value, in: scope.value, keptSince: SQLiteHistory.keptSince, limit: 100)
                }
            }
        }
        return readings + [
            StoreCost("head", pages: 5) { _ = try await $0.head() },
            StoreCost("tail", pages: 120) { _ = try await $0.tail(after: near, limit: 100) },
            StoreCost("oldest", pages: 80) { _ = try await $0.oldest(keptSince: SQLiteHistory.keptSince) },
            StoreCost("changes", pages: 120) { _ = try await $0.changes(after: LogPosition(near.number + 900)) },
            StoreCost("changes of all time", pages: 10) { _ = try await $0.changes(after: .start) },
            StoreCost("last change", pages: 20) {
                _ = try await $0.lastChange(
                    in: BookingScope(provider: SQLiteHistory.busyProvider, customer: SQLiteHistory.busyCustomer))
            },
        ]
    }

    private static func bookings(_ history: SQLiteHistory) -> [StoreCost] {
        let now = SQLiteHistory.now
        let slot = TimeSlot.stored(start: now + .seconds(700), end: now + .seconds(80_000))
        let write = { (name: String, number: UInt64, provider: ProviderID, pages: Int) in
            StoreCost(name, pages: pages) {
                _ = try await $0.write(creation(of: aBooking(number, provider: provider, slot: slot)))
            }
        }
        // A full calendar is read to its end, in parts.
        let calendar = history.size / 4
        return [
            StoreCost("booking", pages: 15) { _ = try await $0.booking(SQLiteHistory.rescheduled) },
            StoreCost("history", pages: 300) {
                _ = try await $0.history(of: SQLiteHistory.rescheduled, from: history.size / 50, limit: 100)
            },
            write("write", 901, ProviderID(high: 9, low: 9), 100),
            write("write of a busy provider", 902, SQLiteHistory.busyProvider, 100),
            write("write among cancelled bookings", 903, SQLiteHistory.cancelling, 100),
            StoreCost("conflict", pages: 40) { store in
                _ = try await store.read {
                    try SlotConflict(of: aBooking(904, provider: SQLiteHistory.crowded, slot: slot), in: $0)
                }
            },
            StoreCost("part of the search for a free slot", pages: 5 * FreeSlotSearch.partSize) { store in
                _ = try await store.read {
                    try HeldSlots.startingFrom(
                        now + .seconds(Int64(calendar) * 150), limit: FreeSlotSearch.partSize,
                        besides: aBooking(904, provider: SQLiteHistory.crowded), in: $0)
                }
            },
        ]
    }

    /// A page of each outcome, a provider's and a booking's, from the beginning and after a key; and a look for an id.
    private static var ledger: [StoreCost] {
        let providers: [String: ProviderID?] = [
            "all": nil, "a busy provider": SQLiteHistory.busyProvider, "a crowded one": SQLiteHistory.crowded,
        ]
        let keys: [(name: String, key: ReminderKey?)] = [
            ("first", nil), ("after a key", .last(before: SQLiteHistory.now)),
        ]
        var pages: [StoreCost] = []
        for outcome in ReminderEntry.Outcome.allCases {
            for provider in providers.sorted(by: { $0.key < $1.key }) {
                // All reminders of the crowded provider are due at one instant, whatever the starts: none is after a key.
                for (place, key) in keys where key == nil || provider.value != SQLiteHistory.crowded {
                    var filter = ReminderFilter()
                    filter.outcomes = [outcome]
                    filter.providerID = provider.value
                    // A week of adjacent bookings of five minutes, for what waits of one provider.
                    let isWeek = outcome == .waiting && provider.value != nil
                    let name = "ledger of \(outcome), \(provider.key), \(place)"
                    pages.append(
                        StoreCost(name, pages: isWeek ? 30_000 : 500) { [filter] store in
                            _ = try await store.reminders(filter, after: key, limit: 100)
                        })
                }
            }
        }
        var ofBooking = ReminderFilter()
        ofBooking.bookingID = SQLiteHistory.rescheduled
        return pages + [
            StoreCost("ledger of a booking", pages: 100) { [ofBooking] in
                _ = try await $0.reminders(ofBooking, after: nil, limit: 100)
            },
            StoreCost("audit of bookings", pages: 60 * AuditData.bookingsOfStep) {
                _ = try await $0.audited(after: BookingID(high: 0x1000_0000, low: 0), limit: AuditData.bookingsOfStep)
            },
            StoreCost("audit of events", pages: 10 * AuditData.eventsOfStep) {
                _ = try await $0.auditedEvents(after: LogPosition(1000), limit: AuditData.eventsOfStep)
            },
            StoreCost("replay of an unknown event", pages: 1000) {
                _ = try await $0.replay(EventID(high: 1, low: 2), at: SQLiteHistory.now)
            },
        ]
    }

    private static var reminders: [StoreCost] {
        let now = SQLiteHistory.now
        return [
            StoreCost("next due", pages: 10) { _ = try await $0.nextDue() },
            StoreCost("fire one of many", pages: 150) { _ = try await $0.fireDue(at: now, limit: 1) },
            StoreCost("fire", pages: 100 * FireDueReminders.batch) {
                _ = try await $0.fireDue(at: now, limit: FireDueReminders.batch)
            },
            StoreCost("rearm", pages: 1000) {
                let key = SortKey(instant: now + .seconds(100_000), id: BookingID(high: 0, low: 0))
                _ = try await $0.rearm(after: key, at: now, leads: [.seconds(300)], limit: 10)
            },
        ]
    }

    private static func expired(_ history: SQLiteHistory) -> [StoreCost] {
        let now = SQLiteHistory.now
        let limit = CollectGarbage.partSize
        let key: @Sendable (Int) -> IdempotencyKey = { number in
            IdempotencyKey(subject: subject("ann"), method: "POST", path: "/bookings", key: "key \(number)")
        }
        return [
            StoreCost("record", pages: 15) { _ = try await $0.idempotencyRecord(key(history.size), at: now) },
            StoreCost("record, expired", pages: 15) { _ = try await $0.idempotencyRecord(key(1), at: now) },
            StoreCost("forget", pages: 40 * limit) {
                _ = try await $0.forgetIdempotencyRecords(
                    from: .earliest, before: now - IdempotencyKey.lifetime, limit: limit)
            },
            StoreCost("trim", pages: 40 * limit) {
                _ = try await $0.trim(keptSince: SQLiteHistory.keptSince, limit: limit)
            },
        ]
    }
}
