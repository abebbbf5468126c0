import Synchronization

/// How a loop waits: until an instant on the injected clock, for a time that elapses whatever the clock is set to, or
/// until somebody rings. One loop waits on one alarm.
///
/// The loop counts in the ledger whenever it is not waiting; whoever wakes it enters it before the wake-up takes
/// effect, so the ledger never shows zero between a ring and the work it leads to.
package final class LoopTrigger: Sendable {
    private enum State {
        case running
        /// Rung while the loop ran: the next wait returns at once.
        case rung
        case waiting(CheckedContinuation<Void, Never>, generation: Int, Limit, timers: [any ScheduledAction])
        case ended
    }

    /// When a wait ends by itself: at the earlier of both; neither: when rung.
    private struct Limit {
        let instant: Timestamp?
        /// On the clock's elapsed time.
        let elapsed: Duration?

        func isReached(by instant: Timestamp, on clock: any WallClock) -> Bool {
            if let own = self.instant, own <= instant { return true }
            guard let elapsed else { return false }
            return clock.now() + (elapsed - clock.elapsed()) <= instant
        }
    }

    private let clock: any WallClock
    private let ledger: InFlightWork
    private let state = Mutex<(State, generation: Int)>((.running, 0))

    /// From here on the loop counts as running, until it waits for the first time.
    package init(clock: any WallClock, ledger: InFlightWork) {
        self.clock = clock
        self.ledger = ledger
        ledger.enter(.loop)
    }

    /// The loop is over: the alarm counts no more, and rings are ignored.
    package func end() {
        let wasEnded = state.withLock { state in
            defer { state.0 = .ended }
            if case .ended = state.0 { return true }
            return false
        }
        if !wasEnded { ledger.leave(.loop) }
    }

    /// Wakes the loop, or keeps its next wait from waiting. Rings do not add up.
    package func ring() {
        wake(generation: nil)
    }

    /// Wakes the loop if it would sleep beyond the instant. While it runs it may have looked before there was a reason:
    /// its next wait does not wait.
    package func ring(ifAsleepBeyond instant: Timestamp) {
        let isEarlyEnough = state.withLock { state in
            guard case .waiting(_, _, let limit, _) = state.0 else { return false }
            return limit.isReached(by: instant, on: clock)
        }
        if !isEarlyEnough { ring() }
    }

    private func wake(generation expected: Int?) {
        let woken = state.withLock { state -> (CheckedContinuation<Void, Never>, [any ScheduledAction])? in
            switch state.0 {
            case .running:
                if expected == nil { state.0 = .rung }
                return nil
            case .waiting(let continuation, let generation, _, let timers)
            where expected == nil || expected == generation:
                state.0 = .running
                ledger.enter(.loop)
                return (continuation, timers)
            case .waiting, .rung, .ended: return nil
            }
        }
        guard let (continuation, timers) = woken else { return }
        for timer in timers { timer.cancel() }
        continuation.resume()
    }

    /// Returns when the instant has come (nil: never) or that much time has elapsed (nil: never), when rung, or when the
    /// task is cancelled.
    package func wait(until instant: Timestamp? = nil, atMost duration: Duration? = nil) async {
        let limit = Limit(instant: instant, elapsed: duration.map { clock.elapsed() + $0 })
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let generation = state.withLock { state -> Int? in
                    guard case .running = state.0, !Task.isCancelled else {
                        if case .rung = state.0 { state.0 = .running }
                        return nil
                    }
                    state.generation += 1
                    state.0 = .waiting(continuation, generation: state.generation, limit, timers: [])
                    return state.generation
                }
                guard let generation else { return continuation.resume() }
                arm(limit, duration, generation: generation)
                ledger.leave(.loop)
            }
        } onCancel: {
            ring()
        }
    }

    private func arm(_ limit: Limit, _ duration: Duration?, generation: Int) {
        let wake: @Sendable () -> Void = { [weak self] in self?.wake(generation: generation) }
        var timers: [any ScheduledAction] = []
        if let instant = limit.instant { timers.append(clock.schedule(at: instant, wake)) }
        if let duration { timers.append(clock.schedule(after: duration, wake)) }
        let isTooLate = state.withLock { [timers] state in
            guard case .waiting(let continuation, generation, _, _) = state.0 else { return true }
            state.0 = .waiting(continuation, generation: generation, limit, timers: timers)
            return false
        }
        if isTooLate { for timer in timers { timer.cancel() } }
    }
}
