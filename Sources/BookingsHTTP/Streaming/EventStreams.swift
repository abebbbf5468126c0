import Bookings
import Synchronization

/// The event streams that are open on this replica. Each reads the log by itself; here it is told when to look.
package final class EventStreams: Sendable {
    private struct State {
        var nextID = 0
        var alarms: [Int: LoopTrigger] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether the stream is to go on.
    func isOpen(_ id: Int) -> Bool { state.withLock { $0.alarms[id] != nil } }

    func add(_ alarm: LoopTrigger) -> Int {
        state.withLock { state in
            state.nextID += 1
            if !state.isShutDown { state.alarms[state.nextID] = alarm }
            return state.nextID
        }
    }

    func remove(_ id: Int) {
        state.withLock { $0.alarms[id] = nil }
    }

    /// The log has grown.
    package func wake() {
        for alarm in state.withLock({ Array($0.alarms.values) }) { alarm.ring() }
    }

    /// Every stream that is open ends, so that its client comes back with its cursor.
    package func endAll() {
        let alarms = state.withLock { state in
            defer { state.alarms = [:] }
            return Array(state.alarms.values)
        }
        for alarm in alarms { alarm.ring() }
    }

    /// Every stream ends, and none begins, so that clients go on elsewhere.
    package func shutdown() {
        state.withLock { $0.isShutDown = true }
        endAll()
    }
}
