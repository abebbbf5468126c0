/// What a store can run into. The message is for logs, never for clients.
public enum StoreError: Error, Hashable, Sendable {
    /// The store cannot be reached, or did not answer before the deadline. Nothing is known of a write.
    case unavailable(String)
    /// The store answered what it never should: a defect, or a foreign hand in the data.
    case corrupt(String)
}
