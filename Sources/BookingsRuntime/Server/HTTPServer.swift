import Bookings
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The listening socket and its connections, from the start to the end of a graceful shutdown.
///
/// A shutdown has three steps: `drain`, from which on every answer carries `Connection: close`; when the graceful
/// shutdown reaches the server it empties the accept queue and closes the listening socket; then connections end by
/// themselves until the grace period is over. What is left then is cut off and named in one log line.
final class HTTPServer: Service {
    struct Options: Sendable {
        var host: String
        var port: Int
        /// Nil: as many as an operator who sets no limit is likely to have descriptors for.
        var maxConnections: Int?

        /// From the beginning of a shutdown until what is left is cut off.
        var grace: Duration

        init(_ configuration: ServiceConfiguration) {
            host = configuration.host
            port = configuration.port
            maxConnections = configuration.maxConnections
            grace = configuration.shutdownGrace
        }
    }

    private static let defaultMaxConnections = 10_000

    private let options: Options
    private let services: ConnectionServices
    private let group: any EventLoopGroup
    private let metrics: ServiceMetrics
    private let logger: Logger
    private let started: @Sendable (Int) -> Void
    private let counter: ConnectionCounter
    private let registries: [(loop: any EventLoop, registry: NIOLoopBoundBox<ConnectionRegistry>)]
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        var isDraining = false
        /// Ends the wait for the connections' own end.
        var cut: AsyncStream<Void>.Continuation?
        var isCut = false
    }

    private static let backlog: CInt = 1024
    /// How long nothing must arrive before the listening socket is closed.
    private static let quiet = TimeAmount.milliseconds(50)

    /// `started`: called with the port once the server listens.
    init(
        options: Options, services: ConnectionServices, group: any EventLoopGroup, metrics: ServiceMetrics,
        logger: Logger, started: @escaping @Sendable (Int) -> Void
    ) {
        self.options = options
        self.services = services
        self.group = group
        self.metrics = metrics
        self.logger = logger
        self.started = started
        counter = ConnectionCounter(limit: options.maxConnections ?? Self.defaultMaxConnections, metrics: metrics)
        registries = group.makeIterator().map { loop in
            (loop, NIOLoopBoundBox.makeBoxSendingValue(ConnectionRegistry(), eventLoop: loop))
        }
    }

    /// Serves until a graceful shutdown has ended, or the task is cancelled: then all connections close at once.
    func run() async throws {
        let listener = try await bind()
        state.withLock { $0.listener = listener }
        let ticks = startTicks()
        defer { for tick in ticks { tick.cancel() } }
        started(listener.localAddress?.port ?? options.port)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.stopOnGracefulShutdown() }
            await withTaskCancellationHandler {
                try? await listener.closeFuture.get()
                await waitForConnections()
            } onCancel: {
                listener.close(promise: nil)
                cutConnections()
            }
            group.cancelAll()
        }
        await closeConnections()
    }

    private func stopOnGracefulShutdown() async {
        guard (try? await gracefulShutdown()) != nil else { return }
        drain()
        await stopAccepting()
    }

    // MARK: - Listening

    private func bind() async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .serverChannelInitializer { [counter, metrics, logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    let accept = AcceptHandler(counter: counter, metrics: metrics, logger: logger)
                    try channel.pipeline.syncOperations.addHandler(accept)
                }
            }
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try open(channel) }
            }
        guard options.host == "*" else { return try await bootstrap.bind(host: options.host, port: options.port).get() }
        // Both families where the machine has both.
        do {
            return try await bootstrap.bind(host: "::", port: options.port).get()
        } catch is IOError {
            return try await bootstrap.bind(host: "0.0.0.0", port: options.port).get()
        }
    }

    private func open(_ channel: any Channel) throws {
        let placement = counter.placement(of: channel)
        let line = RequestLineMeter()
        let handler = HTTPConnectionHandler(
            services: services, requestLine: line, isBeyondLimit: placement != .within, at: channel.eventLoop.now)
        let registry = registry(of: channel.eventLoop)
        channel.closeFuture.assumeIsolated().whenComplete { _ in registry.remove(channel) }
        try channel.pipeline.syncOperations.addHandlers([line, handler.decoder, handler])
        // Once it is in the pipeline: a server that drains tells it so at once.
        registry.add(handler, on: channel)
        if placement == .displaced { channel.pipeline.fireUserInboundEventTriggered(ConnectionEvent.makeRoom) }
    }

    private func registry(of loop: any EventLoop) -> ConnectionRegistry {
        guard let registry = registries.first(where: { $0.loop === loop })?.registry.value else {
            preconditionFailure("A connection was accepted on a loop of another group.")
        }
        return registry
    }

    private func startTicks() -> [RepeatedTask] {
        registries.map { loop, registry in
            loop.scheduleRepeatedTask(
                initialDelay: ConnectionRegistry.tickInterval, delay: ConnectionRegistry.tickInterval
            ) { _ in registry.value.tick() }
        }
    }

    // MARK: - Shutdown

    /// Begins the grace period: every answer from now on closes its connection.
    func drain() {
        let begins = state.withLock { state in
            defer { state.isDraining = true }
            return !state.isDraining
        }
        guard begins else { return }
        _ = group.any().scheduleTask(in: .init(options.grace)) { [weak self] in self?.cutConnections() }
        for (loop, registry) in registries { loop.execute { registry.value.drain() } }
    }

    /// Accepts what has arrived, then closes the listening socket.
    private func stopAccepting() async {
        guard let listener = state.withLock(\.listener) else { return }
        // Bounded: under a flood of connections the queue is never empty.
        for _ in 0..<20 {
            let accepted = try? await listener.eventLoop.flatScheduleTask(in: Self.quiet) {
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.handler(type: AcceptHandler.self).takeAccepted()
                }
            }.futureResult.get()
            if accepted ?? 0 == 0 { break }
        }
        try? await listener.close()
    }

    /// Ends the grace period: what is left is cut off.
    func cutConnections() {
        let cut = state.withLock { state in
            state.isCut = true
            return state.cut
        }
        cut?.finish()
    }

    /// Returns when no connection is open any more, or the grace period has ended.
    private func waitForConnections() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let isCut = state.withLock { state in
            state.cut = continuation
            return state.isCut
        }
        if isCut { return }
        let poll = group.any().scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { [counter] _ in
            if counter.isEmpty { continuation.finish() }
        }
        for await _ in stream {}
        poll.cancel()
    }

    private func closeConnections() async {
        var activities: [HTTPConnectionState.Activity: Int] = [:]
        for (loop, registry) in registries {
            let closed = try? await loop.submit { registry.value.closeAll() }.get()
            activities.merge(closed ?? [:], uniquingKeysWith: +)
        }
        // Nothing is lost with those that have all their answers.
        activities[.closing] = nil
        activities[.idle] = nil
        guard !activities.isEmpty else { return }
        let names = activities.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        logger.warning(
            "Connections were cut off at the end of the shutdown.",
            metadata: ["connections": "\(names.joined(separator: ", "))"])
    }
}
