import Bookings
import Tracing

/// A store whose calls are spans. It wraps the ports only when a tracer is bootstrapped, so that it costs nothing without.
struct TracedStore: BookingStore, EventLog, ReminderQueue {
    let store: any BookingStore
    let log: any EventLog
    let reminders: any ReminderQueue
    let tracer: any Tracer

    /// Makes a span of a call. Errors are a status alone: their texts may hold what a client sent.
    private func span<Value>(
        _ operation: String, _ call: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let span = tracer.startAnySpan("store \(operation)", ofKind: .client)
        defer { span.end() }
        do throws(StoreError) {
            return try await call()
        } catch {
            span.setStatus(SpanStatus(code: .error))
            throw error
        }
    }

    // MARK: - BookingStore

    func booking(_ id: BookingID) async throws(StoreError) -> Booking? {
        try await span("booking") { () async throws(StoreError) in try await store.booking(id) }
    }

    func bookings(_ query: BookingQuery, _ content: PageContent) async throws(StoreError) -> ListRows {
        try await span("bookings") { () async throws(StoreError) in try await store.bookings(query, content) }
    }

    func history(of id: BookingID, from version: Int, limit: Int) async throws(StoreError) -> [HistoryEntry] {
        try await span("history") { () async throws(StoreError) in
            try await store.history(of: id, from: version, limit: limit)
        }
    }

    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome {
        try await span("write") { () async throws(StoreError) in try await store.write(write) }
    }

    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await span("idempotencyRecord") { () async throws(StoreError) in
            try await store.idempotencyRecord(key, at: now)
        }
    }

    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord? {
        try await span("keep") { () async throws(StoreError) in try await store.keep(record, at: now) }
    }

    func forgetIdempotencyRecords(
        from first: Timestamp, before end: Timestamp, limit: Int
    ) async throws(StoreError) -> Timestamp? {
        try await span("forgetIdempotencyRecords") { () async throws(StoreError) in
            try await store.forgetIdempotencyRecords(from: first, before: end, limit: limit)
        }
    }

    func sealingKey() async throws(StoreError) -> [UInt8] { try await store.sealingKey() }

    func databaseIdentity() async throws(StoreError) -> [UInt8] { try await store.databaseIdentity() }

    func ping() async throws(StoreError) {
        try await span("ping") { () async throws(StoreError) in try await store.ping() }
    }

    // MARK: - EventLog

    func head() async throws(StoreError) -> LogPosition {
        try await span("head") { () async throws(StoreError) in try await log.head() }
    }

    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await span("tail") { () async throws(StoreError) in try await log.tail(after: position, limit: limit) }
    }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        try await span("events") { () async throws(StoreError) in
            try await log.events(after: position, in: scope, keptSince: keptSince, limit: limit)
        }
    }

    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        try await span("oldest") { () async throws(StoreError) in try await log.oldest(keptSince: keptSince) }
    }

    func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
        try await span("changes") { () async throws(StoreError) in try await log.changes(after: position) }
    }

    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        try await span("lastChange") { () async throws(StoreError) in try await log.lastChange(in: scope) }
    }

    func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        try await span("trim") { () async throws(StoreError) in try await log.trim(keptSince: keptSince, limit: limit) }
    }

    // MARK: - ReminderQueue

    func nextDue() async throws(StoreError) -> Timestamp? {
        try await span("nextDue") { () async throws(StoreError) in try await reminders.nextDue() }
    }

    func fireDue(at now: Timestamp, limit: Int) async throws(StoreError) -> FiredReminders {
        try await span("fireDue") { () async throws(StoreError) in try await reminders.fireDue(at: now, limit: limit) }
    }

    func rearm(
        after key: SortKey?, at now: Timestamp, leads: [Duration], limit: Int
    ) async throws(StoreError) -> RearmedReminders {
        try await span("rearm") { () async throws(StoreError) in
            try await reminders.rearm(after: key, at: now, leads: leads, limit: limit)
        }
    }
}

extension ApplicationPorts {
    /// The ports with spans around the calls of the store; unchanged without a tracer.
    package func traced(by tracer: (any Tracer)?) -> ApplicationPorts {
        guard let tracer else { return self }
        let traced = TracedStore(store: store, log: log, reminders: reminders, tracer: tracer)
        var ports = self
        ports.store = traced
        ports.log = traced
        ports.reminders = traced
        return ports
    }
}
