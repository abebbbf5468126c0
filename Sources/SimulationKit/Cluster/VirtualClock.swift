import Bookings
import Synchronization

/// A machine's clock that stands still until it is set. Its timers run on the thread that calls `runTimers`, before that
/// returns.
///
/// The clock is set to true time, which is also its elapsed time; it reads true time plus the machine's skew. A jump of
/// the skew moves the timers that wait for an instant, and none that wait for a delay.
package final class VirtualClock: WallClock {
    private struct Timer {
        /// In true time.
        var instant: Timestamp
        /// Whether it waits for a reading of the clock, so that a jump moves it.
        let followsSkew: Bool
        let action: @Sendable () -> Void
    }

    private struct State {
        var now: Timestamp
        var skew: Duration
        var timers: [Int: Timer] = [:]
        var nextID = 0
        /// The instant of the next timer, `latest` without timers; `nil` when it has to be computed.
        private var next: Timestamp? = .latest

        init(now: Timestamp, skew: Duration) {
            self.now = now
            self.skew = skew
        }

        mutating func add(_ timer: Timer) -> Int {
            nextID += 1
            timers[nextID] = timer
            next = next.map { min($0, timer.instant) }
            return nextID
        }

        mutating func remove(_ id: Int) {
            guard let timer = timers.removeValue(forKey: id) else { return }
            if timer.instant == next { next = nil }
        }

        mutating func jump(by jump: Duration) {
            skew += jump
            for (id, timer) in timers where timer.followsSkew { timers[id]?.instant = timer.instant - jump }
            next = nil
        }

        mutating func findNext() -> Timestamp? {
            let found = next ?? timers.values.lazy.map(\.instant).min() ?? .latest
            next = found
            return found == .latest ? nil : found
        }
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - now: The true time.
    ///   - skew: How far the clock is ahead of it.
    package init(at now: Timestamp, skew: Duration = .zero) {
        state = Mutex(State(now: now, skew: skew))
    }

    /// Returns what the clock shows.
    package func now() -> Timestamp { state.withLock { $0.now + $0.skew } }

    /// Returns the true time.
    package func elapsed() -> Duration { state.withLock { .milliseconds($0.now.milliseconds) } }

    /// The time without the machine's skew.
    func trueTime() -> Timestamp { state.withLock(\.now) }

    /// Lets the machine's time jump.
    func step(by jump: Duration) { state.withLock { $0.jump(by: jump) } }

    /// Calls the action when `runTimers` finds that the clock shows the instant.
    package func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        schedule(followsSkew: true, action) { instant - $0.skew }
    }

    /// Calls the action when `runTimers` finds that the delay has passed in true time.
    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        schedule(followsSkew: false, action) { $0.now + delay }
    }

    /// `trueInstant`: when it is due, in true time.
    private func schedule(
        followsSkew: Bool, _ action: @escaping @Sendable () -> Void, at trueInstant: (State) -> Timestamp
    ) -> any ScheduledAction {
        let id = state.withLock { state -> Int? in
            let instant = trueInstant(state)
            guard instant > state.now else { return nil }
            return state.add(Timer(instant: instant, followsSkew: followsSkew, action: action))
        }
        guard let id else {
            action()
            return Scheduled(clock: self, id: -1)
        }
        return Scheduled(clock: self, id: id)
    }

    /// When the next timer is due, in true time; `nil` without timers.
    var nextTimer: Timestamp? {
        state.withLock { $0.findNext() }
    }

    /// Sets the true time. It never goes back.
    package func set(to instant: Timestamp) {
        state.withLock { $0.now = max($0.now, instant) }
    }

    /// Runs the timers that are due by now, in their order.
    func runTimers() {
        let due = state.withLock { state -> [@Sendable () -> Void] in
            let timers = state.timers.filter { $0.value.instant <= state.now }
            let order = timers.sorted { ($0.value.instant, $0.key) < ($1.value.instant, $1.key) }
            for (id, _) in order { state.remove(id) }
            return order.map(\.value.action)
        }
        for action in due { action() }
    }

    private func cancel(_ id: Int) {
        state.withLock { $0.remove(id) }
    }

    private struct Scheduled: ScheduledAction {
        let clock: VirtualClock
        let id: Int

        func cancel() { clock.cancel(id) }
    }
}

/// True time as the reference by which a replica disciplines its clock.
struct TrueReference: ReferenceClock {
    let clock: VirtualClock

    func referenceTime() async throws(StoreError) -> Timestamp { clock.trueTime() }
}

/// The virtual time of a run, to stamp what is recorded.
final class TrueTime: Sendable {
    private let instant: Mutex<Timestamp>
    /// The clock of runs in which time passes by itself.
    private let clock: (any WallClock)?

    init(_ instant: Timestamp, clock: (any WallClock)? = nil) {
        self.instant = Mutex(instant)
        self.clock = clock
    }

    var now: Timestamp { clock?.now() ?? instant.withLock { $0 } }
    func set(to now: Timestamp) { instant.withLock { $0 = now } }
}
