import Bookings

// Decorators of the ports, shared by faults and mutants: each call can be preceded by a closure or replaced by one, and
// is passed on unchanged otherwise.

struct InterceptedStore: BookingStore {
    let store: any BookingStore
    /// Called before every call that reaches the database in the course of a request.
    var before: @Sendable () async throws(StoreError) -> Void = { () throws(StoreError) in }
    var onRead: (@Sendable (BookingID) async throws(StoreError) -> Booking?)?
    var onList: (@Sendable (BookingQuery, PageContent) async throws(StoreError) -> ListRows)?
    var onWrite: (@Sendable (BookingWrite) async throws(StoreError) -> WriteOutcome)?
    var onKeep: (@Sendable (IdempotencyRecord, Timestamp) async throws(StoreError) -> IdempotencyRecord?)?
    var onFindRecord: (@Sendable (IdempotencyKey, Timestamp) async throws(StoreError) -> IdempotencyRecord?)?

    func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await before()
        return if let onRead { try await onRead(id) } else { try await store.booking(id) }
    }

    func bookings(_ query: BookingQuery, _ page: PageContent) async throws(StoreError) -> ListRows {
        try await before()
        return if let onList { try await onList(query, page) } else { try await store.bookings(query, page) }
    }

    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        try await before()
        return if let onWrite { try await onWrite(write) } else { try await store.write(write) }
    }

    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await before()
        return if let onKeep { try await onKeep(record, now) } else { try await store.keep(record, at: now) }
    }

    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await before()
        if let onFindRecord { return try await onFindRecord(key, now) }
        return try await store.idempotencyRecord(key, at: now)
    }

    func history(of id: BookingID, from version: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        try await before()
        return try await store.history(of: id, from: version, limit: limit)
    }

    func forgetIdempotencyRecords(
        from first: Timestamp, before end: Timestamp, limit: Int
    ) async throws(StoreError) -> Timestamp? {
        try await before()
        return try await store.forgetIdempotencyRecords(from: first, before: end, limit: limit)
    }

    func sealingKey() async throws(StoreError) -> [UInt8] { try await store.sealingKey() }
    func databaseIdentity() async throws(StoreError) -> [UInt8] { try await store.databaseIdentity() }

    func ping() async throws(StoreError) {
        try await before()
        try await store.ping()
    }
}

struct InterceptedLog: EventLog {
    let log: any EventLog
    var before: @Sendable () async throws(StoreError) -> Void = { () throws(StoreError) in }
    /// Changes the position after which a client's reading begins.
    var resumeAfter: @Sendable (LogPosition) -> LogPosition = { $0 }
    /// Whether a reading from behind a position that is not kept begins with what is kept.
    var omitsResync = false
    /// The last position that the relay can read; `nil` for the whole log.
    var end: LogPosition?
    var onTail: (@Sendable (LogPosition, Int) async throws(StoreError) -> EventSlice?)?

    func head() async throws(StoreError) -> LogPosition {
        try await before()
        return try await log.head()
    }

    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await before()
        let slice =
            if let onTail { try await onTail(position, limit) } else {
                try await log.tail(after: position, limit: limit)
            }
        guard let end, let slice, slice.through > end else { return slice }
        // The events up to the end stay: without them the relay would take the log for rewound, and recover.
        return EventSlice(events: slice.events.filter { $0.position <= end }, through: max(position, end))
    }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        try await before()
        let slice = try await log.events(
            after: position.map(resumeAfter), in: scope, keptSince: keptSince, limit: limit)
        guard omitsResync, slice == nil else { return slice }
        return try await log.events(after: nil, in: scope, keptSince: keptSince, limit: limit)
    }

    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await before()
        return try await log.oldest(keptSince: keptSince)
    }

    func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
        try await before()
        return try await log.changes(after: position)
    }

    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        try await before()
        return try await log.lastChange(in: scope)
    }

    func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        try await before()
        return try await log.trim(keptSince: keptSince, limit: limit)
    }
}

struct InterceptedQueue: ReminderQueue {
    let queue: any ReminderQueue
    var before: @Sendable () async throws(StoreError) -> Void = { () throws(StoreError) in }
    /// Changes when the next reminder is due.
    var due: @Sendable (Timestamp) -> Timestamp = { $0 }
    /// By how much reminders fire ahead of time.
    var firingAdvance = Duration.zero
    var onFire: (@Sendable (Timestamp, Int) async throws(StoreError) -> FiredReminders)?

    func nextDue() async throws(StoreError) -> Timestamp? {
        try await before()
        return try await queue.nextDue().map(due)
    }

    func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        try await before()
        return try await queue.rearm(after: key, at: now, leads: leads, limit: limit)
    }

    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        if let onFire { return try await onFire(now, limit) }
        return try await queue.fireDue(at: now + firingAdvance, limit: limit)
    }
}

struct InterceptedCache: Cache {
    let cache: any Cache
    let rename: @Sendable (String) -> String

    func value(for key: ByteString, at now: Timestamp) async -> [UInt8]? {
        await cache.value(for: ByteString(rename(key.text)), at: now)
    }

    func ownValue(for key: ByteString, at now: Timestamp) -> [UInt8]? {
        cache.ownValue(for: ByteString(rename(key.text)), at: now)
    }

    func keep(_ value: [UInt8], for key: ByteString, until instant: Timestamp) {
        cache.keep(value, for: ByteString(rename(key.text)), until: instant)
    }
}

struct InterceptedVerifier: TokenVerifier {
    let verifier: any TokenVerifier
    var extraLeeway = Duration.zero
    var decide: @Sendable (Result<Principal, TokenError>) throws(TokenError) -> Principal = {
        (result) throws(TokenError) in try result.get()
    }

    func verify(_ token: String, leeway: Duration) async throws(TokenError) -> Principal {
        let result: Result<Principal, TokenError>
        do {
            result = .success(try await verifier.verify(token, leeway: leeway + extraLeeway))
        } catch {
            result = .failure(error)
        }
        return try decide(result)
    }
}

struct InterceptedMigrator: SchemaMigrator {
    let migrator: any SchemaMigrator
    /// Called before the state of the schema is read.
    var before: @Sendable () async throws(StoreError) -> Void

    func status() async throws(StoreError) -> [MigrationStatus] {
        try await before()
        return try await migrator.status()
    }

    func migrate(to number: Int?) async throws(StoreError) { try await migrator.migrate(to: number) }
}
