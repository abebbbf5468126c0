import ArgumentParser
import Bookings

/// Bugs planted by decorated ports, to see that the checkers catch them. None of this is in the service.
enum Mutant: String, CaseIterable, ExpressibleByArgument, Sendable {
    case reminderSecondEarly = "reminder-second-early"
    case pageSkipsRow = "page-skips-row"
    case reminderTwice = "reminder-twice"

    /// The invariant that must catch it.
    var caughtBy: String {
        switch self {
        case .reminderSecondEarly: "reminder-early"
        case .pageSkipsRow: "page-walk"
        case .reminderTwice: "reminder-once"
        }
    }

    func plant(in ports: inout ApplicationPorts) {
        switch self {
        case .reminderSecondEarly: ports.reminders = HastyQueue(queue: ports.reminders)
        case .pageSkipsRow: ports.store = SkippingStore(store: ports.store)
        case .reminderTwice:
            ports.log = RepeatingLog(log: ports.log)
            ports.bus = RepeatingBus(bus: ports.bus)
        }
    }
}

private struct HastyQueue: ReminderQueue {
    let queue: any ReminderQueue

    func nextDue() async throws(StoreError) -> Timestamp? {
        try await queue.nextDue().map { $0 - .seconds(1) }
    }

    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        try await queue.fireDue(at: now + .seconds(1), limit: limit)
    }
}

/// Says each reminder twice, at two places: place n of the log becomes the places 2n and 2n + 1.
private struct RepeatingLog: EventLog {
    let log: any EventLog

    static func outer(_ place: LogPosition) -> LogPosition { LogPosition(place.number * 2 + 1) }
    private static func inner(_ place: LogPosition) -> LogPosition { LogPosition(place.number / 2) }

    func head() async throws(StoreError) -> LogPosition { Self.outer(try await log.head()) }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        let slice = try await log.events(after: position.map(Self.inner), in: scope, keptSince: keptSince, limit: limit)
        guard let slice else { return nil }
        let events = slice.events.flatMap { logged in
            let first = LoggedEvent(position: LogPosition(logged.position.number * 2), event: logged.event)
            guard case .reminder = logged.event.kind else { return [first] }
            return [first, LoggedEvent(position: Self.outer(logged.position), event: logged.event)]
        }
        return EventSlice(events: events, through: Self.outer(slice.through))
    }

    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        Self.outer(try await log.oldest(keptSince: keptSince))
    }

    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        try await log.lastChange(in: scope)
    }
    func trim(keptSince: Timestamp) async throws(StoreError) { try await log.trim(keptSince: keptSince) }
}

/// Announces the places of the repeating log.
private struct RepeatingBus: EventBus {
    let bus: any EventBus

    func announce(_ head: LogPosition) { bus.announce(RepeatingLog.outer(head)) }
    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) { bus.listen(listener) }
    var isConnected: Bool { bus.isConnected }
}

/// Loses the first row of every page but the first of a walk.
private struct SkippingStore: BookingStore {
    let store: any BookingStore

    func bookings(_ query: BookingQuery, _ stretch: ListStretch) async throws(StoreError) -> ListRows {
        let rows = try await store.bookings(query, stretch)
        guard case .after = stretch else { return rows }
        return ListRows(bookings: Array(rows.bookings.dropFirst()), total: rows.total, changesAt: rows.changesAt)
    }

    func booking(_ id: BookingID) async throws(StoreError) -> Booking? { try await store.booking(id) }
    func history(of id: BookingID) async throws(StoreError) -> [HistoryEntry] { try await store.history(of: id) }
    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome { try await store.write(write) }

    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await store.idempotencyRecord(key, at: now)
    }

    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord {
        try await store.keep(record, at: now)
    }

    func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError) {
        try await store.forgetIdempotencyRecords(before: instant)
    }

    func sealingKey() async throws(StoreError) -> [UInt8] { try await store.sealingKey() }
    func ping() async throws(StoreError) { try await store.ping() }
}
