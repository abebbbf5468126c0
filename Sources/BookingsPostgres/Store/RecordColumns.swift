import Bookings

/// The columns of an idempotency record, and its values as parameters.
enum RecordColumns {
    /// The columns of the stored answer, in the order in which `record` reads them.
    static let names = "body_digest, status, content_type, etag, location, body, created_at"

    /// The parameters of a request without an idempotency key.
    static let none = [String?](repeating: nil, count: 11)

    /// Returns the values of the key's columns and of `names`.
    static func parameters(_ record: IdempotencyRecord) -> [String?] {
        let answer = record.answer
        return key(record.key) + [
            record.bodyDigest.hexadecimal, "\(answer.status)", answer.contentType, answer.etag, answer.location,
            answer.body.hexadecimal, "\(record.createdAt.milliseconds)",
        ]
    }

    /// Returns the values of the key's columns: subject, method, path, key.
    static func key(_ key: IdempotencyKey) -> [String] { [key.subject.text, key.method, key.path, key.key] }

    /// Reads the record of a key from the columns that begin at `first`, in the order of `names`.
    static func record(
        _ row: PostgresRow, from first: Int, key: IdempotencyKey
    ) throws(StoreError) -> IdempotencyRecord {
        IdempotencyRecord(
            key: key, bodyDigest: try row.bytes(first),
            answer: StoredAnswer(
                status: Int(try row.integer(first + 1)), contentType: try row.text(first + 2),
                etag: row.optionalText(first + 3), location: row.optionalText(first + 4),
                body: try row.bytes(first + 5)),
            createdAt: try row.instant(first + 6))
    }
}
