import HeapModule
import Synchronization

/// Actions that wait for instants of a clock, with one timer for the earliest of them.
///
/// When the timer fires, the clock is read again, so that no action runs before its instant when the clock was set back. A
/// clock that was set ahead is noticed when `clockWasSet` is called, or after `maxWait`. Cancelling an action takes constant
/// time.
package final class TimerQueue: Sendable {
    package typealias Action = @Sendable () -> Void
    /// Calls the action after an elapsed time.
    package typealias Timer = @Sendable (_ delay: Duration, _ action: @escaping Action) -> any ScheduledAction

    private struct Entry: Comparable {
        let instant: Timestamp
        let id: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.instant, left.id) < (right.instant, right.id)
        }
    }

    private struct State {
        /// Entries of cancelled actions stay until they are the earliest or too many.
        var entries = Heap<Entry>()
        var actions: [Int: Action] = [:]
        var lastID = 0
        /// The instant that the timer is set for; `nil` when it is not set.
        var timerInstant: Timestamp?
        var timer: (any ScheduledAction)?
        /// Counts how often the timer was set: one that was replaced may still fire.
        var generation = 0

        mutating func add(at instant: Timestamp, _ action: @escaping Action) -> Int {
            lastID += 1
            actions[lastID] = action
            entries.insert(Entry(instant: instant, id: lastID))
            return lastID
        }

        mutating func remove(_ id: Int) {
            actions[id] = nil
            guard entries.count > 2 * actions.count + 64 else { return }
            entries = Heap(entries.unordered.filter { actions[$0.id] != nil })
        }

        mutating func earliest() -> Timestamp? {
            while let entry = entries.min, actions[entry.id] == nil { entries.removeMin() }
            return entries.min?.instant
        }

        mutating func removeDue(at now: Timestamp) -> [Action] {
            var due: [Action] = []
            while let entry = entries.min, entry.instant <= now {
                entries.removeMin()
                if let action = actions.removeValue(forKey: entry.id) { due.append(action) }
            }
            return due
        }
    }

    private let maxWait: Duration?
    private let now: @Sendable () -> Timestamp
    private let timer: Timer
    private let state = Mutex(State())

    /// Creates an empty queue.
    ///
    /// - Parameters:
    ///   - maxWait: The longest time after which the clock is read again while actions wait; `nil` when `clockWasSet` is
    ///     called whenever the clock is set.
    ///   - now: Returns the clock's time.
    ///   - timer: Sets a timer of elapsed time.
    package init(maxWait: Duration? = nil, now: @escaping @Sendable () -> Timestamp, timer: @escaping Timer) {
        self.maxWait = maxWait
        self.now = now
        self.timer = timer
    }

    /// Calls the action when the instant is reached, at once when it has passed.
    package func schedule(at instant: Timestamp, _ action: @escaping Action) -> any ScheduledAction {
        guard instant > now() else {
            action()
            return Handle(queue: nil, id: 0)
        }
        let id = state.withLock { $0.add(at: instant, action) }
        setTimer()
        return Handle(queue: self, id: id)
    }

    /// The clock was set: runs the actions that are due, and sets the timer for the others.
    package func clockWasSet() {
        let now = now()
        let due = state.withLock { $0.removeDue(at: now) }
        setTimer(again: true)
        for action in due { action() }
    }

    private func cancel(_ id: Int) {
        state.withLock { $0.remove(id) }
        setTimer()
    }

    /// Sets the timer for the earliest action, unless it is set for it. `again`: also when it is.
    private func setTimer(again: Bool = false) {
        let change = state.withLock { state -> (old: (any ScheduledAction)?, next: Timestamp?, generation: Int)? in
            let earliest = state.earliest()
            guard again || earliest != state.timerInstant else { return nil }
            defer { state.timer = nil }
            state.timerInstant = earliest
            state.generation += 1
            return (state.timer, earliest, state.generation)
        }
        guard let change else { return }
        change.old?.cancel()
        guard let next = change.next else { return }
        let wait = max(.zero, now().duration(to: next))
        let timer = timer(min(wait, maxWait ?? wait)) { [weak self] in self?.fired(change.generation) }
        let isReplaced = state.withLock { state in
            guard state.generation == change.generation else { return true }
            state.timer = timer
            return false
        }
        if isReplaced { timer.cancel() }
    }

    private func fired(_ generation: Int) {
        if state.withLock({ $0.generation == generation }) { clockWasSet() }
    }

    private struct Handle: ScheduledAction {
        let queue: TimerQueue?
        let id: Int

        func cancel() { queue?.cancel(id) }
    }
}
