import Bookings
import Synchronization

/// A clock that stands still until it is turned. Timers run on the thread that turns it, before `turn` returns.
final class VirtualClock: WallClock {
    private struct Timer {
        let instant: Timestamp
        let action: @Sendable () -> Void
    }

    private struct State {
        var now: Timestamp
        var timers: [Int: Timer] = [:]
        var nextID = 0
    }

    private let state: Mutex<State>

    init(at now: Timestamp) {
        state = Mutex(State(now: now))
    }

    func now() -> Timestamp { state.withLock(\.now) }

    func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        let id = state.withLock { state -> Int? in
            guard instant > state.now else { return nil }
            state.nextID += 1
            state.timers[state.nextID] = Timer(instant: instant, action: action)
            return state.nextID
        }
        guard let id else {
            action()
            return Scheduled(clock: self, id: -1)
        }
        return Scheduled(clock: self, id: id)
    }

    /// Jumps to the next timer, if one lies at or before the instant, and runs all of that moment in their order.
    /// False: none does; the clock then stands at the instant.
    func turn(upTo limit: Timestamp) -> Bool {
        let due = state.withLock { state -> [@Sendable () -> Void] in
            let next = state.timers.values.map(\.instant).min()
            guard let next, next <= limit else {
                state.now = max(state.now, limit)
                return []
            }
            state.now = max(state.now, next)
            let ids = state.timers.filter { $0.value.instant <= next }.keys.sorted()
            return ids.compactMap { state.timers.removeValue(forKey: $0)?.action }
        }
        for action in due { action() }
        return !due.isEmpty
    }

    fileprivate func cancel(_ id: Int) {
        state.withLock { $0.timers[id] = nil }
    }

    private struct Scheduled: ScheduledAction {
        let clock: VirtualClock
        let id: Int

        func cancel() { clock.cancel(id) }
    }
}
