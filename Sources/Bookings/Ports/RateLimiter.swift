/// Counts the requests of each subject in windows of the injected clock, over all replicas if the adapter can.
package protocol RateLimiter: Sendable {
    /// Counts one request, even when it exceeds the limit, and returns the usage of the current window.
    func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage
}

/// A number of requests for each window of time; the variable `RATE_LIMIT`.
package struct RateLimit: Hashable, Sendable {
    /// The number of requests that a window permits.
    package let requests: Int
    /// The length of a window.
    package let window: Duration

    package init(requests: Int, window: Duration) {
        self.requests = requests
        self.window = window
    }

    /// Returns the end of the window that contains the instant. Windows follow each other from 1970 on.
    package func windowEnd(at now: Timestamp) -> Timestamp {
        let length = window.wholeMilliseconds
        return Timestamp(milliseconds: (now.milliseconds / length + 1) * length)
    }
}

/// The requests of a subject in the current window.
package struct RateUsage: Hashable, Sendable {
    /// The number of requests in the window, including the one that was counted.
    package let used: Int
    /// The instant at which the window ends.
    package let windowEnds: Timestamp

    package init(used: Int, windowEnds: Timestamp) {
        self.used = used
        self.windowEnds = windowEnds
    }
}
