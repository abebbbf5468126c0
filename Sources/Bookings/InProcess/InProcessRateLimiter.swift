import Synchronization

/// Counts requests in fixed windows in this process. All counts are dropped when the next window begins.
package final class InProcessRateLimiter: RateLimiter {
    private struct Window {
        var end = Timestamp(milliseconds: 0)
        var counts: [Subject: Int] = [:]
    }

    private let window = Mutex(Window())

    /// Creates a limiter that has counted nothing.
    package init() {}

    /// Counts one request of the subject in the window of `now`.
    package func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) -> RateUsage {
        let end = limit.windowEnd(at: now)
        let used = window.withLock { window in
            if window.end != end { window = Window(end: end) }
            window.counts[subject, default: 0] += 1
            return window.counts[subject, default: 0]
        }
        return RateUsage(used: used, windowEnds: end)
    }
}
