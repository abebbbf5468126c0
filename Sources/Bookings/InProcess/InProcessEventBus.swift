import Synchronization

/// The event bus of a single process: it calls the listeners of this process.
package final class InProcessEventBus: EventBus, SharedServiceProbe {
    private let listeners = Mutex<[@Sendable (LogPosition) -> Void]>([])

    package let isConnected: Bool

    /// Creates a bus without listeners.
    ///
    /// - Parameter isConnected: `false` where other replicas use the same store, which this bus does not reach.
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
