/// An `Idempotency-Key` with its scope: the same value by another subject, or for another method or path, is another key.
package struct IdempotencyKey: Hashable, Sendable {
    /// The caller.
    package let subject: Subject
    /// The request's method, in upper case.
    package let method: String
    /// The request's path, without the query.
    package let path: String
    /// The value of the header.
    package let key: String

    /// How long the record of a key is replayed.
    package static let lifetime = Duration.seconds(24 * 60 * 60)

    package init(subject: Subject, method: String, path: String, key: String) {
        self.subject = subject
        self.method = method
        self.path = path
        self.key = key
    }
}

/// The answer to a request with a key, to be replayed byte for byte.
package struct IdempotencyRecord: Hashable, Sendable {
    /// The key under which the record is stored.
    package let key: IdempotencyKey
    /// The SHA-256 of the request's body.
    package let bodyDigest: [UInt8]
    /// The answer to replay.
    package let answer: StoredAnswer
    /// The instant of the decision, from which the lifetime counts.
    package let createdAt: Timestamp

    package init(key: IdempotencyKey, bodyDigest: [UInt8], answer: StoredAnswer, createdAt: Timestamp) {
        self.key = key
        self.bodyDigest = bodyDigest
        self.answer = answer
        self.createdAt = createdAt
    }
}

/// The parts of a response that a replay repeats.
package struct StoredAnswer: Hashable, Sendable {
    /// The HTTP status code.
    package let status: Int
    /// The value of `Content-Type`.
    package let contentType: String
    /// The value of `ETag`; `nil` when the response had none.
    package let etag: String?
    /// The value of `Location`; `nil` when the response had none.
    package let location: String?
    /// The bytes of the body.
    package let body: [UInt8]

    package init(status: Int, contentType: String, etag: String?, location: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.etag = etag
        self.location = location
        self.body = body
    }
}
