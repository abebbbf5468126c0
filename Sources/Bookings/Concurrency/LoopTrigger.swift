import Synchronization

/// What a loop waits on: an instant of the injected clock, an elapsed time that setting the clock does not change, or a
/// signal. Exactly one loop waits on a trigger.
///
/// The loop counts as in-flight work whenever it is not waiting. The caller that wakes it begins that work before the loop runs,
/// so `InFlightWork` never shows zero between a signal and the work that it leads to.
package final class LoopTrigger: Sendable {
    private enum State {
        /// To `signalled` by a signal, to `waiting` by the loop, to `ended`.
        case running
        /// A signal came while the loop ran. To `running`: the next wait returns at once.
        case signalled
        /// To `running` when a timer fires or a signal comes.
        case waiting(CheckedContinuation<Void, Never>, generation: Int, Limit, timers: [any ScheduledAction])
        case ended
    }

    /// When a wait ends without a signal: at the earlier of both, never when both are `nil`.
    private struct Limit {
        /// On the wall clock.
        let instant: Timestamp?
        /// On the clock's elapsed time.
        let elapsed: Duration?

        /// Whether the wait ends by itself no later than `instant`.
        func isReached(by instant: Timestamp, on clock: any WallClock) -> Bool {
            if let own = self.instant, own <= instant { return true }
            guard let elapsed else { return false }
            return clock.now() + (elapsed - clock.elapsed()) <= instant
        }
    }

    private let clock: any WallClock
    private let inFlightWork: InFlightWork
    private let state = Mutex<(State, generation: Int)>((.running, 0))

    /// Creates the trigger of a loop that counts as running until it waits for the first time.
    package init(clock: any WallClock, inFlightWork: InFlightWork) {
        self.clock = clock
        self.inFlightWork = inFlightWork
        inFlightWork.begin(.loop)
    }

    /// Ends the loop: it no longer counts as in-flight work, and further signals are ignored.
    package func end() {
        let wasEnded = state.withLock { state in
            defer { state.0 = .ended }
            if case .ended = state.0 { return true }
            return false
        }
        if !wasEnded { inFlightWork.end(.loop) }
    }

    /// Wakes the loop, or makes its next wait return at once. Several signals to a running loop count as one.
    package func signal() {
        wake(generation: nil)
    }

    /// Signals unless the loop waits and will wake by itself no later than `instant`. A running loop is signalled: it
    /// may have looked for work before this reason to look existed.
    package func signal(ifWaitingBeyond instant: Timestamp) {
        let wakesInTime = state.withLock { state in
            guard case .waiting(_, _, let limit, _) = state.0 else { return false }
            return limit.isReached(by: instant, on: clock)
        }
        if !wakesInTime { signal() }
    }

    /// `expected`: the wait whose timer fired; `nil` for a signal.
    private func wake(generation expected: Int?) {
        let woken = state.withLock { state -> (CheckedContinuation<Void, Never>, [any ScheduledAction])? in
            switch state.0 {
            case .running:
                if expected == nil { state.0 = .signalled }
                return nil
            case .waiting(let continuation, let generation, _, let timers)
            where expected == nil || expected == generation:
                state.0 = .running
                inFlightWork.begin(.loop)
                return (continuation, timers)
            case .waiting, .signalled, .ended: return nil
            }
        }
        guard let (continuation, timers) = woken else { return }
        for timer in timers { timer.cancel() }
        continuation.resume()
    }

    /// Returns when `instant` is reached (`nil`: never), when `duration` has elapsed (`nil`: never), on a signal, or
    /// when the task is cancelled.
    package func wait(until instant: Timestamp? = nil, atMost duration: Duration? = nil) async {
        let limit = Limit(instant: instant, elapsed: duration.map { clock.elapsed() + $0 })
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard let generation = beginWaiting(continuation, limit) else { return continuation.resume() }
                setTimers(for: limit, duration, generation: generation)
                inFlightWork.end(.loop)
            }
        } onCancel: {
            signal()
        }
    }

    /// Returns the generation of the wait, or `nil` when the loop must not wait.
    private func beginWaiting(_ continuation: CheckedContinuation<Void, Never>, _ limit: Limit) -> Int? {
        state.withLock { state in
            guard case .running = state.0, !Task.isCancelled else {
                if case .signalled = state.0 { state.0 = .running }
                return nil
            }
            state.generation += 1
            state.0 = .waiting(continuation, generation: state.generation, limit, timers: [])
            return state.generation
        }
    }

    private func setTimers(for limit: Limit, _ duration: Duration?, generation: Int) {
        let wake: @Sendable () -> Void = { [weak self] in self?.wake(generation: generation) }
        var timers: [any ScheduledAction] = []
        if let instant = limit.instant { timers.append(clock.schedule(at: instant, wake)) }
        if let duration { timers.append(clock.schedule(after: duration, wake)) }
        // The wait may have ended while its timers were set.
        let isOver = state.withLock { [timers] state in
            guard case .waiting(let continuation, generation, _, _) = state.0 else { return true }
            state.0 = .waiting(continuation, generation: generation, limit, timers: timers)
            return false
        }
        if isOver { for timer in timers { timer.cancel() } }
    }
}
