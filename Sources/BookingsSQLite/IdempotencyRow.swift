import Bookings
import Foundation
import GRDB

/// The rows of idempotency records.
enum IdempotencyRow {
    /// Returns the record of a key, unless it has expired at `now`.
    static func record(_ key: IdempotencyKey, at now: Timestamp, in database: Database) throws -> IdempotencyRecord? {
        let statement = try database.cachedStatement(
            sql: """
                select body_digest, status, content_type, etag, location, body, created_at from idempotency_records
                where subject = ? and method = ? and path = ? and key = ? and created_at >= ?
                """)
        let oldest = (now - IdempotencyKey.lifetime).milliseconds
        let row = try Row.fetchOne(statement, arguments: [key.subject.text, key.method, key.path, key.key, oldest])
        return row.map { row in
            IdempotencyRecord(
                key: key, bodyDigest: Array(row["body_digest"] as Data),
                answer: StoredAnswer(
                    status: row["status"], contentType: row["content_type"], etag: row["etag"],
                    location: row["location"], body: Array(row["body"] as Data)),
                createdAt: BookingRow.instant(row["created_at"]))
        }
    }

    /// Stores a record, and replaces an expired one of the same key.
    static func put(_ record: IdempotencyRecord, in database: Database) throws {
        let answer = record.answer
        try database.cachedStatement(
            sql: """
                insert or replace into idempotency_records
                (subject, method, path, key, body_digest, status, content_type, etag, location, body, created_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            record.key.subject.text, record.key.method, record.key.path, record.key.key, Data(record.bodyDigest),
            answer.status, answer.contentType, answer.etag, answer.location, Data(answer.body),
            record.createdAt.milliseconds,
        ])
    }
}
