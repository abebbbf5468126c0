import Bookings
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection to Redis that is opened again after each loss. While it is away, requests complete at once, without
/// replies.
///
/// The requests of many callers are sent with one write for each turn of the event loop. `RedisConnectionState` decides
/// about opening and closing; see `RedisConnection+Lifecycle.swift`.
final class RedisConnection: Sendable {
    /// A connection that Redis has accepted.
    struct OpenChannel: Sendable {
        let channel: any Channel
        let handler: NIOLoopBound<RedisChannelHandler>
    }

    /// What each connection is opened with.
    struct Session: Sendable {
        /// The first commands, behind those of the target.
        var commands: [RedisCommand] = []
        /// Sent once a second: a connection without traffic may be broken without a sign. It should show whether Redis
        /// works.
        var heartbeat = RedisCommand("PING")
        /// Called each time that the connection is ready.
        var onReady: @Sendable () -> Void = {}
    }

    struct Shared {
        var state = RedisConnectionState()
        /// Set while the state is `ready`.
        var open: OpenChannel?
        var session = Session()
        /// Requests for the next turn of the event loop.
        var outbox: [RedisRequest] = []
    }

    /// More requests than this in one turn of the event loop are not sent.
    private static let maximumOutboxCount = 10_000

    let target: RedisTarget
    let tls: NIOSSLContext?
    let eventLoop: any EventLoop
    let logger: Logger
    /// Returns a random number from 0 to 1 for each delay before a new connection.
    let jitter: @Sendable () -> Double
    let onMessage: @Sendable ([UInt8]) -> Void
    /// Called when another connection may reach a node that works.
    let onRefused: @Sendable () -> Void
    let shared = Mutex(Shared())
    /// Whether a Redis that can be reached refuses commands.
    let refusals: LoggedOutage

    /// Creates a connection that is not started.
    ///
    /// - Parameter onMessage: called for each message of a subscription, on the event loop.
    init(
        target: RedisTarget, tls: NIOSSLContext?, logger: Logger, jitter: @escaping @Sendable () -> Double,
        onMessage: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        onRefused: @escaping @Sendable () -> Void = {}
    ) {
        self.target = target
        self.tls = tls
        self.logger = logger
        self.jitter = jitter
        self.onMessage = onMessage
        self.onRefused = onRefused
        eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let start = NIODeadline.now()
        refusals = LoggedOutage(
            begins: "Redis refuses commands: the service continues without it.", ends: "Redis accepts commands again.",
            logger: logger, now: { .nanoseconds((NIODeadline.now() - start).nanoseconds) })
    }

    var isReady: Bool { shared.withLock { $0.state.phase == .ready } }

    /// Why Redis does not work, in words that may be shown to anyone; `nil` means that it does.
    var unavailableReason: String? {
        let (isReady, reason) = shared.withLock { ($0.state.phase == .ready, $0.state.reason) }
        return isReady ? refusals.reason : reason
    }

    // MARK: - Requests

    /// Returns a reply for each command; `nil` means that Redis did not answer.
    func send(_ commands: [RedisCommand]) async -> [RedisReply]? {
        await withCheckedContinuation { continuation in
            send(RedisRequest(commands: commands) { continuation.resume(returning: $0) })
        }
    }

    /// Sends a request; returns at once.
    func send(_ request: RedisRequest) {
        let count = shared.withLock { shared -> Int? in
            guard shared.open != nil, shared.outbox.count < Self.maximumOutboxCount else { return nil }
            shared.outbox.append(request)
            return shared.outbox.count
        }
        guard let count else { return request.completion(nil) }
        if count == 1 { eventLoop.execute { self.sendOutbox() } }
    }

    private func sendOutbox() {
        let (open, requests) = shared.withLock { shared in
            defer { shared.outbox.removeAll(keepingCapacity: true) }
            return (shared.open, shared.outbox)
        }
        if let open {
            open.handler.value.send(requests, on: open.channel)
        } else {
            for request in requests { request.completion(nil) }
        }
    }
}
