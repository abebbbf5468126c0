import Synchronization

/// The event bus of a single process: it calls the listeners of this process.
package final class InProcessEventBus: EventBus, SharedServiceProbe {
    private let listeners = Mutex<[@Sendable (LogPosition) -> Void]>([])

    /// Whether an announcement reaches all replicas.
    package let isConnected: Bool

    /// Creates a bus without listeners.
    ///
    /// - Parameter isConnected: `false` where other replicas use the same store, which this bus does not reach.
    package init(isConnected: Bool = true) {
        self.isConnected = isConnected
    }

    /// Calls all listeners before it returns.
    package func announce(_ head: LogPosition) {
        for listener in listeners.withLock({ $0 }) { listener(head) }
    }

    /// Adds a listener; none is ever removed.
    package func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    /// Returns `inProcess`.
    package func status() async -> SharedServiceStatus { .inProcess }
}
