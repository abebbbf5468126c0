/// Wakes every replica's relay when the log has grown. It may lose an announcement; the relay's poll makes up for it.
package protocol EventBus: Sendable {
    /// Tells all replicas, this one included, that the log reaches this place. Does not wait and does not fail.
    func announce(_ head: LogPosition)

    /// Calls the listener for each announcement, on any thread; it must be short and must not block.
    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void)

    /// Whether announcements reach other replicas at this moment; the relay polls faster while they do not.
    var isConnected: Bool { get }
}
