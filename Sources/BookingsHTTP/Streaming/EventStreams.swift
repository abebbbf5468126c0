import Bookings
import Synchronization

/// The event streams that are open on this replica. Each reads the log itself, when it is woken.
package final class EventStreams: Sendable {
    private struct State {
        var lastID = 0
        var triggers: [Int: LoopTrigger] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())

    /// Creates a registry without streams.
    package init() {}

    /// Returns whether a stream is to continue.
    func isOpen(_ id: Int) -> Bool { state.withLock { $0.triggers[id] != nil } }

    /// Returns the ID of a new stream, which is not open after a shutdown has begun.
    func add(_ trigger: LoopTrigger) -> Int {
        state.withLock { state in
            state.lastID += 1
            if !state.isShutDown { state.triggers[state.lastID] = trigger }
            return state.lastID
        }
    }

    func remove(_ id: Int) {
        state.withLock { $0.triggers[id] = nil }
    }

    /// Has every stream read the log, which has grown.
    package func wake() {
        for trigger in state.withLock({ Array($0.triggers.values) }) { trigger.signal() }
    }

    /// Ends all open streams, so that their clients reconnect with their cursors.
    package func endAll() {
        let triggers = state.withLock { state in
            defer { state.triggers = [:] }
            return Array(state.triggers.values)
        }
        for trigger in triggers { trigger.signal() }
    }

    /// Ends all streams and opens no more, so that clients reconnect to another replica.
    package func shutDown() {
        state.withLock { $0.isShutDown = true }
        endAll()
    }
}
