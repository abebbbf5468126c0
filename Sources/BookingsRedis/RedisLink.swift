import Bookings
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection that comes back by itself. What is sent while it is away is answered at once: by nothing.
///
/// Jobs of many callers go out together, one write to a turn of the event loop.
final class RedisLink: Sendable {
    private enum Condition {
        case idle
        case away
        case up(any Channel, NIOLoopBound<RedisSession>)
        case stopped
    }

    private struct State {
        var condition = Condition.idle
        var outbox: [RedisRequest] = []
        /// Said before anything else on each connection, behind the target's own greeting.
        var opening: [RedisCommand] = []
        /// Called each time it has come up.
        var onUp: @Sendable () -> Void = {}
        var failures = 0
        /// Sent once a second: a connection on which nothing is said may be dead without a sign.
        var heartbeat = RedisCommand("PING")
        /// Why it was given up last, in words that may be shown to anyone.
        var reason = "cannot be reached"
        /// It refused to work although it was up: what comes next waits as after a failure.
        var wasRefused = false
    }

    private static let mostWaiting = 10_000
    private static let connectTimeout = TimeAmount.seconds(1)
    private static let heartbeat = TimeAmount.seconds(1)

    private let target: RedisTarget
    private let tls: NIOSSLContext?
    private let loop: any EventLoop
    private let logger: Logger
    /// 0 to 1, drawn for each wait before a reconnect.
    private let jitter: @Sendable () -> Double
    private let onMessage: @Sendable ([UInt8]) -> Void
    /// Called when another connection may reach a node that serves.
    private let onRefused: @Sendable () -> Void
    private let state = Mutex(State())
    /// Of a Redis that is connected and refuses to do its work.
    private let refusals: LoggedOutage

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
        loop = MultiThreadedEventLoopGroup.singleton.next()
        let start = NIODeadline.now()
        refusals = LoggedOutage(
            begins: "Redis refuses commands: the service goes on without it.", ends: "Redis takes commands again.",
            logger: logger, now: { .nanoseconds((NIODeadline.now() - start).nanoseconds) })
    }

    var isUp: Bool {
        state.withLock { if case .up = $0.condition { true } else { false } }
    }

    /// Why it does not do its work, in words that may be shown to anyone; nil: it does.
    var reason: String? {
        let (isUp, reason) = state.withLock { state in
            if case .up = state.condition { (true, state.reason) } else { (false, state.reason) }
        }
        return isUp ? refusals.reason : reason
    }

    /// `opening`: what each connection begins with. `heartbeat`: shows whether Redis does its work.
    func start(
        opening: [RedisCommand], heartbeat: RedisCommand = RedisCommand("PING"), onUp: @escaping @Sendable () -> Void
    ) {
        state.withLock { state in
            state.condition = .away
            state.onUp = onUp
            state.opening = opening
            state.heartbeat = heartbeat
        }
        connect()
    }

    func stop() {
        let channel = state.withLock { state -> (any Channel)? in
            defer { state.condition = .stopped }
            if case .up(let channel, _) = state.condition { return channel }
            return nil
        }
        channel?.close(promise: nil)
    }

    /// Gives the connection up for a new one: names are looked up again.
    func reconnect() {
        let channel = state.withLock { state -> (any Channel)? in
            if case .up(let channel, _) = state.condition { channel } else { nil }
        }
        channel?.close(promise: nil)
    }

    // MARK: - Sending

    /// A reply for each command; nil when Redis did not answer.
    func send(_ commands: [RedisCommand]) async -> [RedisReply]? {
        await withCheckedContinuation { continuation in
            post(RedisRequest(commands: commands) { continuation.resume(returning: $0) })
        }
    }

    func post(_ job: RedisRequest) {
        let waiting = state.withLock { state -> Int? in
            guard case .up = state.condition, state.outbox.count < Self.mostWaiting else { return nil }
            state.outbox.append(job)
            return state.outbox.count
        }
        guard let waiting else { return job.finish(nil) }
        if waiting == 1 { loop.execute { self.flush() } }
    }

    private func flush() {
        let (condition, jobs) = state.withLock { state in
            defer { state.outbox.removeAll(keepingCapacity: true) }
            return (state.condition, state.outbox)
        }
        guard case .up(let channel, let session) = condition else {
            for job in jobs { job.finish(nil) }
            return
        }
        session.value.send(jobs, on: channel)
    }

    // MARK: - Coming and going

    private func connect() {
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(Self.connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { [target, tls, onMessage] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: target.serverName))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RedisSession(
                            onMessage: onMessage, onEnd: { [weak self] in self?.lost("it closed") },
                            onError: { [weak self] in self?.note($0) }))
                }
            }
        bootstrap.connect(host: target.host, port: target.port).whenComplete { result in
            switch result {
            case .success(let channel): self.greet(channel)
            case .failure(let error):
                self.state.withLock { $0.reason = "cannot be reached" }
                self.lost("\(error)")
            }
        }
    }

    /// The link is up once Redis has accepted all that is said first.
    private func greet(_ channel: any Channel) {
        guard let session = try? channel.pipeline.syncOperations.handler(type: RedisSession.self) else { return }
        let bound = NIOLoopBound(session, eventLoop: loop)
        let commands = target.greeting + state.withLock(\.opening)
        let job = RedisRequest(commands: commands) { replies in
            let refusals = zip(commands, replies ?? []).compactMap { command, reply in
                if case .failure(let text) = reply { "\(command.name): \(RedisReply.code(of: text))" } else { nil }
            }
            guard replies != nil else { return }
            guard refusals.isEmpty else {
                let code = (replies ?? []).lazy.compactMap { reply in
                    if case .failure(let text) = reply { RedisRefusal(error: text) } else { nil }
                }.first
                self.state.withLock { $0.reason = code?.rawValue ?? "refuses the connection" }
                self.report(refusals.joined(separator: "; "))
                return channel.close(promise: nil)
            }
            self.up(channel, bound)
        }
        session.send([job], on: channel)
    }

    private func up(_ channel: any Channel, _ session: NIOLoopBound<RedisSession>) {
        let (isStopped, failures, onUp) = state.withLock { state in
            // Of one that accepts connections and then refuses to work, the heartbeat says when it is well again.
            defer { if !state.wasRefused { state.failures = 0 } }
            if case .stopped = state.condition { return (true, 0, state.onUp) }
            state.condition = .up(channel, session)
            return (false, state.failures, state.onUp)
        }
        if isStopped { return channel.close(promise: nil) }
        if failures > 0, refusals.reason == nil { logger.notice("Redis is back.", metadata: place) }
        beat(on: channel)
        onUp()
    }

    /// Takes an error that a command was answered by.
    private func note(_ error: String) {
        guard let refusal = RedisRefusal(error: error) else { return }
        refusals.fail(refusal.rawValue)
        guard refusal.endsConnection else { return }
        state.withLock { state in
            state.wasRefused = true
            state.reason = refusal.rawValue
            state.failures = max(state.failures, 1)
        }
        onRefused()
        reconnect()
    }

    private func beat(on channel: any Channel) {
        let heartbeat = state.withLock(\.heartbeat)
        post(
            RedisRequest(commands: [heartbeat]) { [weak self] replies in
                guard let self, let reply = replies?.first else { return }
                if case .failure = reply { return }
                state.withLock { state in
                    if state.wasRefused { state.failures = 0 }
                    state.wasRefused = false
                }
                refusals.end()
            })
        loop.scheduleTask(in: Self.heartbeat) { [weak self] in
            guard let self, channel.isActive else { return }
            beat(on: channel)
        }
    }

    private func lost(_ reason: String) {
        report(reason)
        let wait = state.withLock { state -> TimeAmount? in
            if case .stopped = state.condition { return nil }
            if case .up = state.condition, !state.wasRefused { state.reason = "cannot be reached" }
            state.condition = .away
            state.failures += 1
            let most = min(1000, 25 << min(state.failures, 6))
            return .milliseconds(Int64(Double(most) * (0.5 + jitter() / 2)))
        }
        let unsent = state.withLock { state in
            defer { state.outbox = [] }
            return state.outbox
        }
        for job in unsent { job.finish(nil) }
        if let wait { loop.scheduleTask(in: wait) { [weak self] in self?.connect() } }
    }

    /// One line for a whole time away.
    private func report(_ reason: String) {
        let isNews = state.withLock { state in
            if case .stopped = state.condition { return false }
            return state.failures == 0
        }
        guard isNews else { return }
        state.withLock { $0.failures += 1 }
        logger.warning(
            "Redis is away: the service goes on without it.", metadata: place.merging(["reason": "\(reason)"]) { $1 })
    }

    private var place: Logger.Metadata { ["host": "\(target.host)", "port": "\(target.port)"] }
}

extension RedisTarget {
    /// The name in the certificate; nil for an address.
    fileprivate var serverName: String? {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}
