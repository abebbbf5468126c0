/// A request with an `Idempotency-Key`.
package struct IdempotentRequest: Sendable {
    /// The key with its scope: subject, method and path.
    package let key: IdempotencyKey
    /// The SHA-256 digest of the body.
    package let bodyDigest: [UInt8]

    /// Creates a request from its key and the digest of its body.
    package init(key: IdempotencyKey, bodyDigest: [UInt8]) {
        self.key = key
        self.bodyDigest = bodyDigest
    }

    func record(_ answer: StoredAnswer, at now: Timestamp) -> IdempotencyRecord {
        IdempotencyRecord(key: key, bodyDigest: bodyDigest, answer: answer, createdAt: now)
    }

    /// Returns the response in a record of this key. Throws `idempotencyMismatch` if the record's body differs.
    func answer(of record: IdempotencyRecord) throws(BookingError) -> StoredAnswer {
        guard record.bodyDigest == bodyDigest else { throw .idempotencyMismatch }
        return record.answer
    }
}

extension BookingWrites {
    /// Returns the response that an earlier request with the same key and body got; `nil` for a new request.
    package func earlierAnswer(to request: IdempotentRequest) async throws(BookingError) -> StoredAnswer? {
        let record = try await unavailableIfFailing { try await store.idempotencyRecord(request.key, at: clock.now()) }
        guard let record else { return nil }
        return try request.answer(of: record)
    }

    /// Stores the response to a request that changed nothing. Returns the response that counts: the first one stored.
    package func keep(
        _ answer: StoredAnswer, to request: IdempotentRequest
    ) async throws(BookingError) -> StoredAnswer {
        let now = clock.now()
        let kept = try await unavailableIfFailing { try await store.keep(request.record(answer, at: now), at: now) }
        guard let kept else { throw .requestInProgress }
        return try request.answer(of: kept)
    }
}
