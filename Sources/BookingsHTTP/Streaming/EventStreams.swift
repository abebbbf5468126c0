import Bookings
import Synchronization

/// The event streams that are open on this replica. Each reads the log by itself; here it is told when to look.
package final class EventStreams: Sendable {
    private struct State {
        var nextID = 0
        var triggers: [Int: LoopTrigger] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether the stream is to go on.
    func isOpen(_ id: Int) -> Bool { state.withLock { $0.triggers[id] != nil } }

    func add(_ trigger: LoopTrigger) -> Int {
        state.withLock { state in
            state.nextID += 1
            if !state.isShutDown { state.triggers[state.nextID] = trigger }
            return state.nextID
        }
    }

    func remove(_ id: Int) {
        state.withLock { $0.triggers[id] = nil }
    }

    /// The log has grown.
    package func wake() {
        for trigger in state.withLock({ Array($0.triggers.values) }) { trigger.signal() }
    }

    /// Every stream that is open ends, so that its client comes back with its cursor.
    package func endAll() {
        let triggers = state.withLock { state in
            defer { state.triggers = [:] }
            return Array(state.triggers.values)
        }
        for trigger in triggers { trigger.signal() }
    }

    /// Every stream ends, and none begins, so that clients go on elsewhere.
    package func shutdown() {
        state.withLock { $0.isShutDown = true }
        endAll()
    }
}
