/// The store of bookings with their reminders, history and idempotency records. Each function is one transaction.
package protocol BookingStore: Sendable {
    /// Returns the booking as the last commit left it; `nil` when there is none with this id.
    func booking(_ id: BookingID) async throws(StoreError) -> Booking?

    /// Returns the rows of a list, read in one snapshot.
    func bookings(_ query: BookingQuery, _ content: PageContent) async throws(StoreError) -> ListRows

    /// Returns the changes of a booking in order, at most `limit`, beginning with the one that made this version.
    func history(of id: BookingID, from version: Int, limit: Int) async throws(StoreError) -> [HistoryEntry]

    /// Writes the booking, its reminders, its event and its idempotency record, or nothing of it.
    func write(_ write: BookingWrite) async throws(StoreError) -> WriteOutcome

    /// Returns the record of a key, unless it is older than 24 hours at `now`.
    func idempotencyRecord(_ key: IdempotencyKey, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord?

    /// Stores the answer to a request that changed nothing, unless the key has a record already.
    ///
    /// - Returns: The record that the key has afterwards; `nil` when another request with the same key was still being
    ///   decided after the deadline of a statement.
    func keep(_ record: IdempotencyRecord, at now: Timestamp) async throws(StoreError) -> IdempotencyRecord?

    /// Deletes idempotency records that were made from `first` on and before `end`, the oldest first, at most `limit` in
    /// one transaction.
    ///
    /// - Returns: The instant from which more may be left; `nil` when there is none.
    func forgetIdempotencyRecords(
        from first: Timestamp, before end: Timestamp, limit: Int
    ) async throws(StoreError) -> Timestamp?

    /// Returns the secret of 32 bytes that was made with the schema. It is the same on every replica and after restarts.
    func sealingKey() async throws(StoreError) -> [UInt8]

    /// Returns bytes that differ between this database and a copy of it (a restored dump, `createdb -T`), which has the
    /// same sealing key. They are the same on every replica.
    func databaseIdentity() async throws(StoreError) -> [UInt8]

    /// Throws unless the store answers and takes writes.
    func ping() async throws(StoreError)
}
