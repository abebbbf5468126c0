import Synchronization

/// The bus of a single process: whoever listens here hears.
package final class InProcessEventBus: EventBus, SharedServiceProbe {
    private let listeners = Mutex<[@Sendable (LogPosition) -> Void]>([])

    /// `isConnected`: false where other replicas work on the same store, which this bus does not reach.
    package let isConnected: Bool

    package init(isConnected: Bool = true) {
        self.isConnected = isConnected
    }

    package func announce(_ head: LogPosition) {
        for listener in listeners.withLock({ $0 }) { listener(head) }
    }

    package func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    package func status() async -> SharedServiceStatus { .inProcess }
}
