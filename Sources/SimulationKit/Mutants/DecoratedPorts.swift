import Bookings

// Ports whose single steps can be replaced. What is not replaced goes through.

struct DecoratedStore: BookingStore {
    let store: any BookingStore
    var reading: (@Sendable (BookingID) async throws(StoreError) -> Booking?)?
    var listing: (@Sendable (BookingQuery, PageContent) async throws(StoreError) -> ListRows)?
    var writing: (@Sendable (BookingWrite) async throws(StoreError) -> WriteOutcome)?
    var forgetsKeys = false

    func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        if let reading { return try await reading(id) }
        return try await store.booking(id)
    }

    func bookings(_ query: BookingQuery, _ stretch: PageContent) async throws(StoreError) -> ListRows {
        if let listing { return try await listing(query, stretch) }
        return try await store.bookings(query, stretch)
    }

    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        if let writing { return try await writing(write) }
        return try await store.write(write)
    }

    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        forgetsKeys ? nil : try await store.idempotencyRecord(key, at: now)
    }

    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        forgetsKeys ? record : try await store.keep(record, at: now)
    }

    func history(of id: BookingID, from version: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        try await store.history(of: id, from: version, limit: limit)
    }

    func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError) {
        try await store.forgetIdempotencyRecords(before: instant)
    }

    func sealingKey() async throws(StoreError) -> [UInt8] { try await store.sealingKey() }
    func databaseIdentity() async throws(StoreError) -> [UInt8] { try await store.databaseIdentity() }
    func ping() async throws(StoreError) { try await store.ping() }
}

struct DecoratedQueue: ReminderQueue {
    let queue: any ReminderQueue
    var due: @Sendable (Timestamp) -> Timestamp = { $0 }
    /// By how much the queue is told a later time.
    var haste = Duration.zero

    func nextDue() async throws(StoreError) -> Timestamp? { try await queue.nextDue().map(due) }

    func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        try await queue.rearm(after: key, at: now, leads: leads, limit: limit)
    }

    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        return try await queue.fireDue(at: now + haste, limit: limit)
    }
}

/// A log whose reader is led astray. `after`: where a client's reading really begins.
struct DecoratedLog: EventLog {
    let log: any EventLog
    var after: @Sendable (LogPosition) -> LogPosition = { $0 }
    /// The last position that the relay can read; `nil` for the whole log.
    var end: LogPosition?

    func head() async throws(StoreError) -> LogPosition { try await log.head() }

    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        let slice = try await log.tail(after: position, limit: limit)
        guard let end, let slice, slice.through > end else { return slice }
        // The events up to the end stay: without them the relay would take the log for rewound, and recover.
        return EventSlice(events: slice.events.filter { $0.position <= end }, through: max(position, end))
    }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        return try await log.events(after: position.map(after), in: scope, keptSince: keptSince, limit: limit)
    }

    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await log.oldest(keptSince: keptSince)
    }

    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        try await log.lastChange(in: scope)
    }

    func trim(keptSince: Timestamp) async throws(StoreError) { try await log.trim(keptSince: keptSince) }
}

/// A log that holds one thing more behind some of its events: place n becomes the places 2n and 2n + 1.
struct SwollenLog: EventLog {
    let log: any EventLog
    let extra: @Sendable (LoggedEvent) -> BookingEvent?

    static func outer(_ place: LogPosition) -> LogPosition { LogPosition(place.number * 2 + 1) }
    private static func inner(_ place: LogPosition) -> LogPosition { LogPosition(place.number / 2) }

    func head() async throws(StoreError) -> LogPosition { Self.outer(try await log.head()) }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        let slice = try await log.events(after: position.map(Self.inner), in: scope, keptSince: keptSince, limit: limit)
        return slice.map { swollen($0, in: scope) }
    }

    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await log.tail(after: Self.inner(position), limit: limit).map { swollen($0, in: .all) }
    }

    private func swollen(_ slice: EventSlice, in scope: BookingScope) -> EventSlice {
        let events = slice.events.flatMap { logged in
            let first = LoggedEvent(position: LogPosition(logged.position.number * 2), event: logged.event)
            guard let extra = extra(logged), scope.contains(extra.booking) else { return [first] }
            return [first, LoggedEvent(position: Self.outer(logged.position), event: extra)]
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

/// Announces the places of a swollen log.
struct SwollenBus: EventBus {
    let bus: any EventBus

    func announce(_ head: LogPosition) { bus.announce(SwollenLog.outer(head)) }
    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) { bus.listen(listener) }
    var isConnected: Bool { bus.isConnected }
}

struct DecoratedCache: Cache {
    let cache: any Cache
    let rename: @Sendable (String) -> String

    func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? {
        await cache.value(for: ByteString(rename(key.text)), at: now)
    }

    func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
        cache.keep(value, for: ByteString(rename(key.text)), until: instant)
    }
}

struct DecoratedVerifier: TokenVerifier {
    let verifier: any TokenVerifier
    var leeway = Duration.zero
    var judge: @Sendable (Result<Principal, TokenError>) throws(TokenError) -> Principal = {
        (result) throws(TokenError) in try result.get()
    }

    func verify(_ token: String, leeway: Duration) async throws(TokenError) -> Principal {
        let result: Result<Principal, TokenError>
        do {
            result = .success(try await verifier.verify(token, leeway: leeway + self.leeway))
        } catch {
            result = .failure(error)
        }
        return try judge(result)
    }
}
