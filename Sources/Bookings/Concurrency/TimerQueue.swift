import HeapModule
import Synchronization

/// Actions that wait for instants on one time line, on a single timer: the one for the earliest of them.
///
/// When that timer fires the time is asked for again, so that no action runs before its instant although the clock was
/// set back. A clock that was set ahead is noticed when `clockWasSet` is called, or after `longestWait`.
/// To cancel an action takes constant time however many wait.
package final class TimerQueue: Sendable {
    package typealias Action = @Sendable () -> Void
    /// Calls the action after a delay of elapsed time.
    package typealias Timer = @Sendable (_ delay: Duration, _ action: @escaping Action) -> any ScheduledAction

    private struct Entry: Comparable {
        let instant: Timestamp
        let id: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.instant, left.id) < (right.instant, right.id)
        }
    }

    private struct State {
        /// Those that were cancelled stay until they are the earliest, or too many.
        var entries = Heap<Entry>()
        var actions: [Int: Action] = [:]
        var lastID = 0
        /// What the timer is set for; nil: it is not set.
        var armedFor: Timestamp?
        var timer: (any ScheduledAction)?
        /// Counts the settings of the timer: one that was replaced may still fire.
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

        mutating func takeDue(at now: Timestamp) -> [Action] {
            var due: [Action] = []
            while let entry = entries.min, entry.instant <= now {
                entries.removeMin()
                if let action = actions.removeValue(forKey: entry.id) { due.append(action) }
            }
            return due
        }
    }

    private let longestWait: Duration?
    private let now: @Sendable () -> Timestamp
    private let timer: Timer
    private let state = Mutex(State())

    /// `longestWait`: how often the time is asked for at least while actions wait; nil: whoever sets the clock calls
    /// `clockWasSet`.
    package init(longestWait: Duration? = nil, now: @escaping @Sendable () -> Timestamp, timer: @escaping Timer) {
        self.longestWait = longestWait
        self.now = now
        self.timer = timer
    }

    /// Calls the action as soon as the instant has come: at once when it has passed.
    package func schedule(at instant: Timestamp, _ action: @escaping Action) -> any ScheduledAction {
        guard instant > now() else {
            action()
            return Handle(queue: nil, id: 0)
        }
        let id = state.withLock { $0.add(at: instant, action) }
        arm()
        return Handle(queue: self, id: id)
    }

    /// Runs what is due by now, and sets the timer for the rest.
    package func clockWasSet() {
        let now = now()
        let due = state.withLock { $0.takeDue(at: now) }
        arm(anew: true)
        for action in due { action() }
    }

    private func cancel(_ id: Int) {
        state.withLock { $0.remove(id) }
        arm()
    }

    /// Sets the timer for the earliest action, unless it is. `anew`: also when it seems to be.
    private func arm(anew: Bool = false) {
        let change = state.withLock { state -> (old: (any ScheduledAction)?, next: Timestamp?, generation: Int)? in
            let earliest = state.earliest()
            guard anew || earliest != state.armedFor else { return nil }
            defer { state.timer = nil }
            state.armedFor = earliest
            state.generation += 1
            return (state.timer, earliest, state.generation)
        }
        guard let change else { return }
        change.old?.cancel()
        guard let next = change.next else { return }
        let wait = max(.zero, now().duration(to: next))
        let timer = timer(min(wait, longestWait ?? wait)) { [weak self] in self?.fired(change.generation) }
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
