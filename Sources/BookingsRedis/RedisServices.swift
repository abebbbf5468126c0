import Bookings
import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization

/// All that one replica has of a Redis: bus, cache, rate limits and the probe, over two connections.
///
/// Redis decides nothing: while it is away each of them does its work in this process alone.
package final class RedisServices: Service, SharedServiceProbe {
    package let bus: RedisEventBus
    package let cache: RedisCache
    package let rateLimiter: RedisRateLimiter
    private let commands: RedisLink
    private let subscription: RedisLink
    private let listeners: Listeners
    private let keyspace: RedisKeyspace
    private let announcements: Announcements
    private let identity: @Sendable () async throws -> [UInt8]

    /// `identity`: a secret that tells this deployment's store from every other one that shares the Redis, copies of it
    /// included; asked for once, when it runs. Throws when the certificates that the target names cannot be read.
    package init(
        target: RedisTarget, clock: any WallClock, identifiers: any IdentifierSource, logger: Logger,
        identity: @escaping @Sendable () async throws -> [UInt8]
    ) throws {
        let jitter: @Sendable () -> Double = {
            Double(identifiers.bits(for: .jitter, key: "redis").high >> 11) / Double(1 << 53)
        }
        let tls = try target.usesTLS ? Self.tls(target) : nil
        let keyspace = RedisKeyspace()
        let announcements = Announcements(keyspace: keyspace, database: target.database)
        self.announcements = announcements
        listeners = Listeners()
        let subscription = RedisLink(
            target: target, tls: tls, logger: logger, jitter: jitter,
            onMessage: { [listeners, announcements] message in
                if let head = announcements.head(in: message) { listeners.call(head) }
            })
        self.subscription = subscription
        // A node that is no primary any more is left by both.
        commands = RedisLink(
            target: target, tls: tls, logger: logger, jitter: jitter, onRefused: { subscription.reconnect() })
        bus = RedisEventBus(
            commands: commands, subscription: subscription, announcements: announcements, listeners: listeners)
        cache = RedisCache(link: commands, keyspace: keyspace, clock: clock)
        rateLimiter = RedisRateLimiter(link: commands, keyspace: keyspace)
        self.keyspace = keyspace
        self.identity = identity
    }

    private static func tls(_ target: RedisTarget) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities = target.authorities { configuration.trustRoots = .file(authorities) }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Keeps the connections until a graceful shutdown.
    package func run() async throws {
        keyspace.open(identity: try await identity())
        // What only reads would not show that Redis takes no writes.
        let heartbeat = RedisCommand("SET", keyspace.key("heartbeat"), "1", "PX", "10000")
        commands.start(opening: [RedisCommand("PING")], heartbeat: heartbeat) { [weak bus] in bus?.announceAgain() }
        // What was announced while the link was away is lost: let the relay look.
        subscription.start(opening: [RedisCommand("SUBSCRIBE", announcements.topic)]) { [listeners] in
            listeners.call(LogPosition(.max))
        }
        try? await gracefulShutdown()
        commands.stop()
        subscription.stop()
    }

    package func status() async -> SharedServiceStatus {
        guard let reason = commands.reason ?? subscription.reason else { return .up }
        return .down(reason: reason)
    }
}
