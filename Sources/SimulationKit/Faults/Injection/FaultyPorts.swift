import Bookings

// The ports of one replica, with its conditions between the service and what it works on.

struct FaultyStore: BookingStore {
    let store: any BookingStore
    let conditions: ReplicaFaultState

    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        try await conditions.enter()
        try conditions.pass(.writeBefore)
        let outcome = try await store.write(write)
        switch outcome {
        case .written:
            try conditions.pass(.writeAfter)
            if conditions.takeLostAnswer() {
                conditions.mark(CoverageMark.commitAnswerLost.name)
                throw .unavailable("the answer to the commit was lost")
            }
        case .stale, .decidedBefore, .slotTaken, .inProgress: break
        }
        return outcome
    }

    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await conditions.enter()
        try conditions.pass(.keepBefore)
        let kept = try await store.keep(record, at: now)
        try conditions.pass(.keepAfter)
        return kept
    }

    func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await conditions.enter()
        return try await store.booking(id)
    }

    func bookings(_ query: BookingQuery, _ stretch: PageContent) async throws(StoreError) -> ListRows {
        try await conditions.enter()
        return try await store.bookings(query, stretch)
    }

    func history(of id: BookingID, from version: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        try await conditions.enter()
        return try await store.history(of: id, from: version, limit: limit)
    }

    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await conditions.enter()
        return try await store.idempotencyRecord(key, at: now)
    }

    func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError) {
        try await conditions.enter()
        try await store.forgetIdempotencyRecords(before: instant)
    }

    func sealingKey() async throws(StoreError) -> [UInt8] { try await store.sealingKey() }
    func databaseIdentity() async throws(StoreError) -> [UInt8] { try await store.databaseIdentity() }

    func ping() async throws(StoreError) {
        try await conditions.enter()
        try await store.ping()
    }
}

struct FaultyLog: EventLog {
    let log: any EventLog
    let conditions: ReplicaFaultState

    func head() async throws(StoreError) -> LogPosition {
        try await conditions.enter()
        return try await log.head()
    }

    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await conditions.enter()
        try conditions.pass(.relayBefore)
        let slice = try await log.tail(after: position, limit: limit)
        if slice?.events.isEmpty == false { try conditions.pass(.relayAfter) }
        return slice
    }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        try await conditions.enter()
        return try await log.events(after: position, in: scope, keptSince: keptSince, limit: limit)
    }

    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await conditions.enter()
        return try await log.oldest(keptSince: keptSince)
    }

    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        try await conditions.enter()
        return try await log.lastChange(in: scope)
    }

    func trim(keptSince: Timestamp) async throws(StoreError) {
        try await conditions.enter()
        try await log.trim(keptSince: keptSince)
    }
}

struct FaultyQueue: ReminderQueue {
    let queue: any ReminderQueue
    let conditions: ReplicaFaultState

    func nextDue() async throws(StoreError) -> Timestamp? {
        try await conditions.enter()
        return try await queue.nextDue()
    }

    func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        try await conditions.enter()
        return try await queue.rearm(after: key, at: now, leads: leads, limit: limit)
    }

    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        try await conditions.enter(isReminder: true)
        try conditions.pass(.fireBefore)
        let fired = try await queue.fireDue(at: now, limit: limit)
        if fired.lastPosition != nil { try conditions.pass(.fireAfter) }
        return fired
    }
}

/// A replica's end of the bus.
final class FaultyBus: EventBus {
    private let bus: any EventBus
    private let conditions: ReplicaFaultState

    init(bus: any EventBus, conditions: ReplicaFaultState) {
        self.bus = bus
        self.conditions = conditions
    }

    func announce(_ head: LogPosition) {
        guard (try? conditions.pass(.announceBefore)) != nil else { return }
        if conditions.isBusCut {
            conditions.mark(CoverageMark.busLostAnnouncement.name)
        } else {
            conditions.tell(of: head.number)
            bus.announce(head)
        }
        try? conditions.pass(.announceAfter)
    }

    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        bus.listen { [conditions] head in
            if !conditions.isBusCut { listener(head) }
        }
        conditions.onWake { listener(LogPosition(.max)) }
    }

    var isConnected: Bool { !conditions.distrustsBus && bus.isConnected }
}
