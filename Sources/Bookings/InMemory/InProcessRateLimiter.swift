import Synchronization

/// Counts in fixed windows in this process. A window that has ended is forgotten when the next one of anyone begins.
public final class InProcessRateLimiter: RateLimiter {
    private struct Windows {
        var number: Int64 = -1
        var used: [Subject: Int] = [:]
    }

    private let windows = Mutex(Windows())

    public init() {}

    public func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage {
        let length = limit.window.wholeMilliseconds
        let number = now.milliseconds / length
        let used = windows.withLock { windows in
            if windows.number != number { windows = Windows(number: number) }
            windows.used[subject, default: 0] += 1
            return windows.used[subject, default: 0]
        }
        return RateUsage(used: used, windowEnds: Timestamp(milliseconds: (number + 1) * length))
    }
}
