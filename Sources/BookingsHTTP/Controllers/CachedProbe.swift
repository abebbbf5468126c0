import Bookings
import Synchronization

/// Asks at most once a second, however many want to know: who comes while the answer is on its way gets that one, and it
/// counts for a second. Probes may be sent by anybody, at any rate.
final class CachedProbe<Answer: Sendable>: Sendable {
    private static var lifetime: Duration { .seconds(1) }

    private struct State {
        var latest: (answer: Answer, at: Duration)?
        /// Nil: nobody asks at this moment.
        var waiting: [CheckedContinuation<Answer, Never>]?
    }

    private enum Turn {
        case known(Answer)
        case ask
        case wait
    }

    private let clock: any WallClock
    private let ask: @Sendable () async -> Answer
    private let state = Mutex(State())

    init(clock: any WallClock, ask: @escaping @Sendable () async -> Answer) {
        self.clock = clock
        self.ask = ask
    }

    func answer() async -> Answer {
        let now = clock.elapsed()
        let turn = state.withLock { state -> Turn in
            if let latest = state.latest, now - latest.at < Self.lifetime { return .known(latest.answer) }
            guard state.waiting == nil else { return .wait }
            state.waiting = []
            return .ask
        }
        switch turn {
        case .known(let answer): return answer
        case .wait: return await next()
        case .ask:
            let answer = await ask()
            let waiting = state.withLock { state in
                defer { state.waiting = nil }
                state.latest = (answer, clock.elapsed())
                return state.waiting ?? []
            }
            for continuation in waiting { continuation.resume(returning: answer) }
            return answer
        }
    }

    /// The answer that is on its way, or the one that came meanwhile.
    private func next() async -> Answer {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Answer? in
                guard state.waiting == nil else {
                    state.waiting?.append(continuation)
                    return nil
                }
                return state.latest?.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}
