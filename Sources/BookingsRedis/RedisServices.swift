import Bookings
import Logging
import NIOSSL
import ServiceLifecycle

/// What one replica uses of a Redis, over two connections: event bus, cache, rate limiter and health probe.
///
/// Redis decides nothing: while it is away, each of them does its work in this process alone.
package final class RedisServices: Service, SharedServiceProbe {
    /// Announces over all replicas.
    package let bus: RedisEventBus
    /// Shared by all replicas.
    package let cache: RedisCache
    /// Counts over all replicas.
    package let rateLimiter: RedisRateLimiter
    private let commands: RedisConnection
    private let subscription: RedisConnection
    private let keyspace: RedisKeyspace
    private let codec: AnnouncementCodec
    private let identity: @Sendable () async throws -> [UInt8]

    /// Creates the services; connections are opened by `run`.
    ///
    /// - Parameter identity: returns a secret that is the same for all replicas of this deployment and differs from
    ///   that of every other deployment that uses the Redis, copies of it included. Called once, by `run`.
    /// - Throws: when the certificates that the target names cannot be read.
    package init(
        target: RedisTarget, clock: any WallClock, identifiers: any IdentifierSource, logger: Logger,
        identity: @escaping @Sendable () async throws -> [UInt8]
    ) throws {
        let jitter: @Sendable () -> Double = { identifiers.jitter(key: "redis") }
        let tls = try target.usesTLS ? Self.tls(target) : nil
        let keyspace = RedisKeyspace()
        let codec = AnnouncementCodec(keyspace: keyspace, database: target.database)
        let local = InProcessEventBus()
        let subscription = RedisConnection(
            target: target, tls: tls, logger: logger, jitter: jitter,
            onMessage: { if let head = codec.decode($0) { local.announce(head) } })
        // When a node is no primary any more, both connections leave it.
        let commands = RedisConnection(
            target: target, tls: tls, logger: logger, jitter: jitter, onRefused: { subscription.reconnect() })
        bus = RedisEventBus(local: local, commands: commands, subscription: subscription, codec: codec)
        cache = RedisCache(connection: commands, keyspace: keyspace, clock: clock)
        rateLimiter = RedisRateLimiter(connection: commands, keyspace: keyspace)
        (self.commands, self.subscription, self.keyspace, self.codec) = (commands, subscription, keyspace, codec)
        self.identity = identity
    }

    private static func tls(_ target: RedisTarget) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities = target.authorities { configuration.trustRoots = .file(authorities) }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Keeps the connections open until a graceful shutdown begins.
    package func run() async throws {
        keyspace.configure(identity: try await identity())
        // A write, because reads do not show that Redis takes none.
        let heartbeat = RedisCommand("SET", keyspace.key("heartbeat"), "1", "PX", "10000")
        commands.start(
            .init(
                commands: [RedisCommand("PING")], heartbeat: heartbeat,
                onReady: { [weak bus] in bus?.announceAgain() }))
        // Announcements were lost while the subscription was away: the relay looks into the log.
        subscription.start(
            .init(
                commands: [RedisCommand("SUBSCRIBE", codec.channel)],
                onReady: { [local = bus.local] in local.announce(LogPosition(.max)) }))
        try? await gracefulShutdown()
        commands.stop()
        subscription.stop()
    }

    /// Returns `up` when both connections are ready and Redis accepts commands.
    package func status() async -> SharedServiceStatus {
        guard let reason = commands.unavailableReason ?? subscription.unavailableReason else { return .up }
        return .down(reason: reason)
    }
}
