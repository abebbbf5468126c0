import Synchronization

/// How a loop waits: until an instant on the injected clock, or until somebody rings. One loop waits on one alarm.
///
/// The loop counts in the ledger whenever it is not waiting; whoever wakes it enters it before the wake-up takes
/// effect, so the ledger never shows zero between a ring and the work it leads to.
public final class Alarm: Sendable {
    private enum State {
        case running
        /// Rung while the loop ran: the next wait returns at once.
        case rung
        /// `until` nil: until it is rung.
        case waiting(CheckedContinuation<Void, Never>, generation: Int, until: Timestamp?, (any ScheduledAction)?)
        case ended
    }

    private let clock: any WallClock
    private let ledger: ActivityLedger
    private let state = Mutex<(State, generation: Int)>((.running, 0))

    /// From here on the loop counts as running, until it waits for the first time.
    public init(clock: any WallClock, ledger: ActivityLedger) {
        self.clock = clock
        self.ledger = ledger
        ledger.enter(.loop)
    }

    /// The loop is over: the alarm counts no more, and rings are ignored.
    public func end() {
        let wasEnded = state.withLock { state in
            defer { state.0 = .ended }
            if case .ended = state.0 { return true }
            return false
        }
        if !wasEnded { ledger.leave(.loop) }
    }

    /// Wakes the loop, or keeps its next wait from waiting. Rings do not add up.
    public func ring() {
        wake(generation: nil)
    }

    /// Wakes the loop if it would sleep beyond the instant. While it runs it may have looked before there was a reason:
    /// its next wait does not wait.
    public func ring(ifAsleepBeyond instant: Timestamp) {
        let isEarlyEnough = state.withLock { state in
            guard case .waiting(_, _, let until?, _) = state.0 else { return false }
            return until <= instant
        }
        if !isEarlyEnough { ring() }
    }

    private func wake(generation expected: Int?) {
        let woken = state.withLock { state -> (CheckedContinuation<Void, Never>, (any ScheduledAction)?)? in
            switch state.0 {
            case .running:
                if expected == nil { state.0 = .rung }
                return nil
            case .waiting(let continuation, let generation, _, let timer)
            where expected == nil || expected == generation:
                state.0 = .running
                ledger.enter(.loop)
                return (continuation, timer)
            case .waiting, .rung, .ended: return nil
            }
        }
        guard let (continuation, timer) = woken else { return }
        timer?.cancel()
        continuation.resume()
    }

    /// Returns when the instant has come (nil: never), when rung, or when the task is cancelled.
    public func wait(until instant: Timestamp?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let generation = state.withLock { state -> Int? in
                    guard case .running = state.0, !Task.isCancelled else {
                        if case .rung = state.0 { state.0 = .running }
                        return nil
                    }
                    state.generation += 1
                    state.0 = .waiting(continuation, generation: state.generation, until: instant, nil)
                    return state.generation
                }
                guard let generation else { return continuation.resume() }
                if let instant { arm(at: instant, generation: generation) }
                ledger.leave(.loop)
            }
        } onCancel: {
            ring()
        }
    }

    private func arm(at instant: Timestamp, generation: Int) {
        let timer = clock.schedule(at: instant) { [weak self] in self?.wake(generation: generation) }
        let isTooLate = state.withLock { state in
            guard case .waiting(let continuation, generation, _, _) = state.0 else { return true }
            state.0 = .waiting(continuation, generation: generation, until: instant, timer)
            return false
        }
        if isTooLate { timer.cancel() }
    }
}
