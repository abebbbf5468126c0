/// Bookings with their reminders, history and idempotency records: one transaction each, on the store that decides.
package protocol BookingStore: Sendable {
    func booking(_ id: BookingID) async throws(StoreError) -> Booking?

    func bookings(_ query: BookingQuery, _ stretch: PageContent) async throws(StoreError) -> ListRows

    /// What was done to a booking, oldest first: at most `limit` entries, from the one that led to this version on.
    func history(of id: BookingID, from version: Int, limit: Int) async throws(StoreError) -> [HistoryEntry]

    /// Writes the booking, its reminders, its event, its history and its idempotency record, or nothing.
    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome

    /// The record of a key that is at most 24 h old at `now`.
    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord?

    /// Keeps the answer to a request that wrote nothing else. Gives what stands there afterwards: the first one wins.
    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord

    /// Forgets the idempotency records made before the instant.
    func forgetIdempotencyRecords(before instant: Timestamp) async throws(StoreError)

    /// A secret of 32 bytes that was made with the schema and is the same for every replica and after every restart.
    func sealingKey() async throws(StoreError) -> [UInt8]

    /// Bytes by which this database differs from a copy of it (a dump that was restored, `createdb -T`), which carries
    /// the sealing key. The same for every replica at any time.
    func databaseIdentity() async throws(StoreError) -> [UInt8]

    /// Throws unless the store answers.
    func ping() async throws(StoreError)
}

/// Which rows of a list are wanted.
package enum PageContent: Hashable, Sendable {
    /// Numbered from 1, with the total.
    case page(number: Int, limit: Int)
    /// The rows that stand after a key, without a total.
    case after(SortKey, limit: Int)
}

/// Rows, total and boundary from one snapshot.
package struct ListRows: Sendable {
    package let bookings: [Booking]
    /// Nil unless a page was asked for.
    package let total: Int?
    /// The first instant after `asOf` at which time alone changes the whole list, not just these rows: the end of a
    /// booking that leaves `upcoming` or enters `past`. Nil when none will.
    package let changesAt: Timestamp?

    package init(bookings: [Booking], total: Int?, changesAt: Timestamp?) {
        self.bookings = bookings
        self.total = total
        self.changesAt = changesAt
    }
}

/// A change that was decided, ready to be made true.
package struct BookingWrite: Sendable {
    /// The booking as it is to be. Its `updatedAt` is the instant of the change.
    package let booking: Booking
    /// The version on which the decision rests; nil for a new booking.
    package let replaces: Int?
    package let action: ActionName
    /// All the reminders that wait for this booking afterwards; whatever else waited for it is gone.
    package let reminders: [Reminder]
    package let origin: RequestOrigin
    package let idempotency: IdempotencyRecord?

    package init(
        booking: Booking, replaces: Int?, action: ActionName, reminders: [Reminder], origin: RequestOrigin,
        idempotency: IdempotencyRecord?
    ) {
        self.booking = booking
        self.replaces = replaces
        self.action = action
        self.reminders = reminders
        self.origin = origin
        self.idempotency = idempotency
    }
}

/// Who did it, by which request.
package struct RequestOrigin: Hashable, Sendable {
    package let subject: Subject
    package let roles: [Role]
    package let requestID: String

    package init(subject: Subject, roles: [Role], requestID: String) {
        self.subject = subject
        self.roles = roles
        self.requestID = requestID
    }
}

package enum WriteOutcome: Sendable {
    /// Committed, durably; the event stands at this place.
    case written(LogPosition)
    /// The booking is not at the version on which the decision rests (or is gone): read it and decide anew.
    case stale
    /// Another booking holds the provider's time. Nothing was written.
    case slotTaken(blocking: TimeSlot, nextFree: TimeSlot)
    /// A request with the same key was decided before. Nothing was written.
    case decidedBefore(IdempotencyRecord)
    /// A request with the same key is being decided right now. Nothing was written.
    case inProgress
}

package struct HistoryEntry: Hashable, Sendable {
    /// The booking as the action left it.
    package let booking: Booking
    package let action: ActionName
    package let origin: RequestOrigin

    package init(booking: Booking, action: ActionName, origin: RequestOrigin) {
        self.booking = booking
        self.action = action
        self.origin = origin
    }
}

/// The scope of an `Idempotency-Key`: the same key of another subject, method or path is another key.
package struct IdempotencyKey: Hashable, Sendable {
    package let subject: Subject
    package let method: String
    package let path: String
    package let key: String

    package static let lifetime = Duration.seconds(24 * 60 * 60)

    package init(subject: Subject, method: String, path: String, key: String) {
        self.subject = subject
        self.method = method
        self.path = path
        self.key = key
    }
}

/// What was answered to a request with a key, to be answered again byte for byte.
package struct IdempotencyRecord: Hashable, Sendable {
    package let key: IdempotencyKey
    /// SHA-256 of the request's body.
    package let bodyDigest: [UInt8]
    package let answer: StoredAnswer
    package let createdAt: Timestamp

    package init(key: IdempotencyKey, bodyDigest: [UInt8], answer: StoredAnswer, createdAt: Timestamp) {
        self.key = key
        self.bodyDigest = bodyDigest
        self.answer = answer
        self.createdAt = createdAt
    }
}

package struct StoredAnswer: Hashable, Sendable {
    package let status: Int
    package let contentType: String
    package let etag: String?
    package let location: String?
    package let body: [UInt8]

    package init(status: Int, contentType: String, etag: String?, location: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.etag = etag
        self.location = location
        self.body = body
    }
}
