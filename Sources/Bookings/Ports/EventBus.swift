/// Notifies the relays of all replicas that the event log has grown.
///
/// It may lose notifications; the relays poll the log, too.
package protocol EventBus: Sendable {
    /// Notifies all replicas, this one included, that the log reaches this position. Does not wait and does not fail.
    func announce(_ head: LogPosition)

    /// Calls the listener for each notification, on any thread. The listener must be short and must not block.
    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void)

    /// Whether notifications reach other replicas at present; the relay polls faster while they do not.
    var isConnected: Bool { get }
}
