import Bookings
import Synchronization

/// Runs a check at most once a second, however many callers ask for its result: anyone may send probes, at any rate.
///
/// Callers that arrive while the check runs get its result, which is then reused for a second.
final class CachedProbe<Value: Sendable>: Sendable {
    private static var lifetime: Duration { .seconds(1) }

    private struct State {
        /// `checkedAt` is on the clock's elapsed time.
        var latest: (value: Value, checkedAt: Duration)?
        /// The callers that wait for the check; `nil` if none is running.
        var waiting: [CheckedContinuation<Value, Never>]?
    }

    private enum Action {
        case reuse(Value)
        case check
        case wait
    }

    private let clock: any WallClock
    private let check: @Sendable () async -> Value
    private let state = Mutex(State())

    init(clock: any WallClock, check: @escaping @Sendable () async -> Value) {
        self.clock = clock
        self.check = check
    }

    /// Returns a result that is at most a second old, or waits for the check.
    func value() async -> Value {
        switch nextAction(at: clock.elapsed()) {
        case .reuse(let value): return value
        case .wait: return await runningCheck()
        case .check:
            let value = await check()
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                state.latest = (value, clock.elapsed())
                return state.waiting ?? []
            }
            for continuation in waiting { continuation.resume(returning: value) }
            return value
        }
    }

    /// Decides under the lock, so that exactly one caller runs the check.
    private func nextAction(at now: Duration) -> Action {
        state.withLock { state in
            if let latest = state.latest, now - latest.checkedAt < Self.lifetime { return .reuse(latest.value) }
            guard state.waiting == nil else { return .wait }
            state.waiting = []
            return .check
        }
    }

    /// Returns the result of the running check, or of the check that has ended meanwhile.
    private func runningCheck() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Value? in
                guard state.waiting == nil else {
                    state.waiting?.append(continuation)
                    return nil
                }
                return state.latest?.value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
