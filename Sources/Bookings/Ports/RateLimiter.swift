/// Counts requests of a subject in windows of the injected clock, over all replicas where the adapter can.
public protocol RateLimiter: Sendable {
    /// Counts one request, also when it is over the limit.
    func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage
}

/// `RATE_LIMIT`: so many requests in a window.
public struct RateLimit: Hashable, Sendable {
    public let requests: Int
    public let window: Duration

    public init(requests: Int, window: Duration) {
        self.requests = requests
        self.window = window
    }

    /// Windows follow one another from the beginning of Unix time.
    public func windowEnd(at now: Timestamp) -> Timestamp {
        let length = window.wholeMilliseconds
        return Timestamp(milliseconds: (now.milliseconds / length + 1) * length)
    }
}

public struct RateUsage: Hashable, Sendable {
    /// Requests counted in the running window, this one included.
    public let used: Int
    public let windowEnds: Timestamp

    public init(used: Int, windowEnds: Timestamp) {
        self.used = used
        self.windowEnds = windowEnds
    }
}
