/// What every use case that writes works with.
package struct BookingWrites: Sendable {
    let store: any BookingStore
    let clock: any WallClock
    let identifiers: any IdentifierSource
    let plan: ReminderPlan
    let initialStatus: BookingStatus
    let customerAccess: CustomerAccess
    /// Called after each commit, with the place of its event: wakes the relays and the reminder loop.
    let committed: @Sendable (LogPosition) -> Void

    package init(
        store: any BookingStore, clock: any WallClock, identifiers: any IdentifierSource, plan: ReminderPlan,
        initialStatus: BookingStatus, customerAccess: CustomerAccess,
        committed: @escaping @Sendable (LogPosition) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.identifiers = identifiers
        self.plan = plan
        self.initialStatus = initialStatus
        self.customerAccess = customerAccess
        self.committed = committed
    }
}

/// What became of a request that writes.
package enum WriteResult: Sendable {
    /// The booking as it stands now.
    case done(Booking)
    /// The answer that a request with the same key was given before.
    case replayed(StoredAnswer)
}

/// A request with an `Idempotency-Key`.
package struct IdempotentRequest: Sendable {
    package let key: IdempotencyKey
    /// SHA-256 of the body.
    package let bodyDigest: [UInt8]

    package init(key: IdempotencyKey, bodyDigest: [UInt8]) {
        self.key = key
        self.bodyDigest = bodyDigest
    }

    func record(_ answer: StoredAnswer, at now: Timestamp) -> IdempotencyRecord {
        IdempotencyRecord(key: key, bodyDigest: bodyDigest, answer: answer, createdAt: now)
    }

    /// The answer of a record, if the record is of this very request.
    func answer(of record: IdempotencyRecord) throws(BookingError) -> StoredAnswer {
        guard record.bodyDigest == bodyDigest else { throw .idempotencyMismatch }
        return record.answer
    }
}

/// A request with how its success is to be answered, should it be asked again.
package struct RepeatableRequest: Sendable {
    package let request: IdempotentRequest
    package let render: @Sendable (Booking) -> StoredAnswer

    package init(_ request: IdempotentRequest, render: @escaping @Sendable (Booking) -> StoredAnswer) {
        self.request = request
        self.render = render
    }
}

extension BookingWrites {
    /// The answer that was given to this request before; nil when it is new.
    package func earlierAnswer(to request: IdempotentRequest) async throws(BookingError) -> StoredAnswer? {
        let record = try await unavailableIfFailing { try await store.idempotencyRecord(request.key, at: clock.now()) }
        guard let record else { return nil }
        return try request.answer(of: record)
    }

    /// Keeps the answer to a request that changed nothing. Gives the answer that counts: the first one.
    package func keep(
        _ answer: StoredAnswer, to request: IdempotentRequest
    ) async throws(BookingError) -> StoredAnswer {
        let now = clock.now()
        let kept = try await unavailableIfFailing { try await store.keep(request.record(answer, at: now), at: now) }
        return try request.answer(of: kept)
    }
}

/// Puts a store's failure into the words of bookings.
package func unavailableIfFailing<Value>(_ work: () async throws -> Value) async throws(BookingError) -> Value {
    do {
        return try await work()
    } catch {
        throw .unavailable(error as? StoreError ?? .unavailable("\(error)"))
    }
}
