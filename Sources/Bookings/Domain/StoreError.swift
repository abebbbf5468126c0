/// What a store can run into. The message is for logs, never for clients.
package enum StoreError: Error, Hashable, Sendable {
    /// The store cannot be reached, or did not answer before the deadline. Nothing is known of a write.
    case unavailable(String)
    /// The store answers and takes no writes: read-only, or its disk is full. The reason may be shown to anyone.
    case refusesWrites(reason: String)
    /// The operator must change something before the store can be used: credentials, a database that does not exist.
    case misconfigured(String)
    /// The store answered what it never should: a defect, or a foreign hand in the data.
    case corrupt(String)
}
