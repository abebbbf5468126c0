import Bookings

/// Counts over all replicas. This process counts too: its number stands in while Redis is away.
package final class RedisRateLimiter: RateLimiter {
    private let near = InProcessRateLimiter()
    private let link: RedisLink
    private let keyspace: RedisKeyspace

    init(link: RedisLink, keyspace: RedisKeyspace) {
        self.link = link
        self.keyspace = keyspace
    }

    package func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage {
        // The window is part of the name; the expiry, a window longer, only collects garbage.
        let key = keyspace.key("rate:\(limit.windowEnd(at: now).milliseconds):\(subject.text)")
        let life = "\(2 * limit.window.wholeMilliseconds)"
        return await withCheckedContinuation { continuation in
            let commands = [RedisCommand("INCR", key), RedisCommand("PEXPIRE", key, life)]
            // Counted here as Redis answers, and so in its order: this process's number is not ahead of the shared one
            // unless Redis lost its data, and then what this process has seen still counts.
            link.post(
                RedisRequest(commands: commands) { [near] replies in
                    let usage = near.count(subject, limit, at: now)
                    let shared = replies?.first?.number.map(Int.init) ?? 0
                    continuation.resume(
                        returning: RateUsage(used: max(shared, usage.used), windowEnds: usage.windowEnds))
                })
        }
    }
}
