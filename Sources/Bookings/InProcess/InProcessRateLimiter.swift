import Synchronization

/// Counts in fixed windows in this process. A window that has ended is forgotten when the next one of anyone begins.
package final class InProcessRateLimiter: RateLimiter {
    private struct Windows {
        var end = Timestamp(milliseconds: 0)
        var used: [Subject: Int] = [:]
    }

    private let windows = Mutex(Windows())

    package init() {}

    package func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) -> RateUsage {
        let end = limit.windowEnd(at: now)
        let used = windows.withLock { windows in
            if windows.end != end { windows = Windows(end: end) }
            windows.used[subject, default: 0] += 1
            return windows.used[subject, default: 0]
        }
        return RateUsage(used: used, windowEnds: end)
    }
}
