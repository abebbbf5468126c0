import Bookings

/// Counts over all replicas. This process counts too: its number stands in while Redis is away.
public final class RedisRateLimiter: RateLimiter {
    private let near = InProcessRateLimiter()
    private let link: RedisLink
    private let keyspace: RedisKeyspace

    init(link: RedisLink, keyspace: RedisKeyspace) {
        self.link = link
        self.keyspace = keyspace
    }

    public func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage {
        let usage = await near.count(subject, limit, at: now)
        guard link.isUp else { return usage }
        // The window is part of the name; the expiry, a window longer, only collects garbage.
        let key = keyspace.key("rate:\(usage.windowEnds.milliseconds):\(subject.text)")
        let life = "\(2 * limit.window.wholeMilliseconds)"
        let replies = await link.send([RedisCommand("INCR", key), RedisCommand("PEXPIRE", key, life)])
        guard let shared = replies?.first?.number else { return usage }
        // A Redis that lost its data counts anew; what this process has seen still counts.
        return RateUsage(used: max(Int(shared), usage.used), windowEnds: usage.windowEnds)
    }
}
