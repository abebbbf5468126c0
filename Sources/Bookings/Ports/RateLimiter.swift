/// Counts requests of a subject in windows of the injected clock, over all replicas where the adapter can.
package protocol RateLimiter: Sendable {
    /// Counts one request, also when it is over the limit.
    func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage
}

/// `RATE_LIMIT`: so many requests in a window.
package struct RateLimit: Hashable, Sendable {
    package let requests: Int
    package let window: Duration

    package init(requests: Int, window: Duration) {
        self.requests = requests
        self.window = window
    }

    /// Windows follow one another from the beginning of Unix time.
    package func windowEnd(at now: Timestamp) -> Timestamp {
        let length = window.wholeMilliseconds
        return Timestamp(milliseconds: (now.milliseconds / length + 1) * length)
    }
}

package struct RateUsage: Hashable, Sendable {
    /// Requests counted in the running window, this one included.
    package let used: Int
    package let windowEnds: Timestamp

    package init(used: Int, windowEnds: Timestamp) {
        self.used = used
        self.windowEnds = windowEnds
    }
}
