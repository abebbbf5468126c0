import Bookings

/// Counts over all replicas. This process counts too: its number is used while Redis is away.
package final class RedisRateLimiter: RateLimiter {
    private let local = InProcessRateLimiter()
    private let connection: RedisConnection
    private let keyspace: RedisKeyspace

    init(connection: RedisConnection, keyspace: RedisKeyspace) {
        self.connection = connection
        self.keyspace = keyspace
    }

    /// Counts one request; the usage is that of all replicas, or of this process while Redis does not answer.
    package func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage {
        // The window is part of the key; the expiry, one window later, only removes garbage.
        let key = keyspace.key("rate:\(limit.windowEnd(at: now).milliseconds):\(subject.text)")
        let lifetime = "\(2 * limit.window.wholeMilliseconds)"
        return await withCheckedContinuation { continuation in
            let commands = [RedisCommand("INCR", key), RedisCommand("PEXPIRE", key, lifetime)]
            // Counted here when Redis answers, and so in its order: this process's number is ahead of the shared one
            // only when Redis has lost its data, and then what this process has counted still holds.
            connection.send(
                RedisRequest(commands: commands) { [local] replies in
                    let usage = local.count(subject, limit, at: now)
                    let shared = replies?.first?.number.map(Int.init) ?? 0
                    continuation.resume(
                        returning: RateUsage(used: max(shared, usage.used), windowEnds: usage.windowEnds))
                })
        }
    }
}
