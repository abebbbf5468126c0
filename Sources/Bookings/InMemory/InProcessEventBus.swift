import Synchronization

/// The bus of a single process: whoever listens here hears.
public final class InProcessEventBus: EventBus, SharedServiceProbe {
    private let listeners = Mutex<[@Sendable (LogPosition) -> Void]>([])

    /// `isConnected`: false where other replicas work on the same store, which this bus does not reach.
    public let isConnected: Bool

    public init(isConnected: Bool = true) {
        self.isConnected = isConnected
    }

    public func announce(_ head: LogPosition) {
        for listener in listeners.withLock({ $0 }) { listener(head) }
    }

    public func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    public func status() async -> SharedServiceStatus { .inProcess }
}
