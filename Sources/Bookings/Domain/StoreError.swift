/// The reason why a store did not do what it was asked. Messages are for logs, not for clients, unless stated.
package enum StoreError: Error, Hashable, Sendable {
    /// The store cannot be reached, or did not answer before the deadline. A write may have been committed.
    case unavailable(String)
    /// The store answers but accepts no writes: it is read-only, or its disk is full. Clients may see the reason.
    case refusesWrites(reason: String)
    /// The operator must change something before the store can be used: credentials, a database that does not exist.
    case misconfigured(String)
    /// The store has data that the service cannot have written: a defect, or a change by others.
    case corrupt(String)
}
