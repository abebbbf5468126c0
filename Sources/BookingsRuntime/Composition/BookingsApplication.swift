import Bookings
import BookingsHTTP
import BookingsSocketIO
import BookingsWebhooks
import Logging
import ServiceLifecycle
import Synchronization
import Tracing

/// One replica of the service: takes its ports, and serves when it runs. Several may run in one process.
///
/// This file holds the life cycle; the extensions hold the server, the relay and the other loops.
package final class BookingsApplication: Service {
    let configuration: ServiceConfiguration
    /// The metrics of this replica, exposed as `GET /metrics`.
    package let metrics: ServiceMetrics
    /// The work in flight in this replica. The simulator waits for it between two steps.
    package let inFlightWork: InFlightWork

    let ports: ApplicationPorts
    /// `nil` when no tracer is bootstrapped.
    let tracer: (any Tracer)?
    let timing: ApplicationTiming
    let backlog: SocketBacklog
    let continuity: LogContinuity
    let logger: Logger
    let state = Mutex(State())

    struct State {
        var isReady = false
        /// `nil` until the server listens.
        var port: Int?
        /// `nil` until the replica runs.
        var relay: RelayEvents?
        var server: HTTPServer?
        var webhooks: DeliverWebhooks?
        /// The callers of `boundPort` from before the server listened.
        var portWaiters: [CheckedContinuation<Int, Never>] = []
    }

    /// Creates a replica. It does nothing until it runs.
    ///
    /// - Parameters:
    ///   - ports: The adapters. Their services must run as long as the replica.
    ///   - tracer: Takes the spans; `nil` for none.
    ///   - backlog: How much a Socket.IO connection may leave unread.
    package init(
        configuration: ServiceConfiguration, ports: ApplicationPorts, timing: ApplicationTiming = ApplicationTiming(),
        backlog: SocketBacklog = SocketBacklog(), inFlightWork: InFlightWork = InFlightWork(),
        metrics: ServiceMetrics = ServiceMetrics(), tracer: (any Tracer)? = BootstrappedTracer.tracer, logger: Logger
    ) {
        self.configuration = configuration
        self.ports = ports.traced(by: tracer)
        self.tracer = tracer
        self.timing = timing
        self.backlog = backlog
        continuity = LogContinuity(clock: ports.clock)
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        self.logger = logger
        metrics.expose(inFlightWork)
    }

    /// Whether this replica accepts requests: from the moment it listens to the beginning of its shutdown.
    package var isReady: Bool { state.withLock(\.isReady) }

    /// The log position up to which events were delivered to this replica's sockets and streams.
    package var relayPosition: LogPosition { state.withLock(\.relay)?.position ?? .start }

    /// Returns the port that the replica listens on, as soon as it does. With `PORT=0` the system chooses one.
    package func boundPort() async -> Int {
        await withCheckedContinuation { continuation in
            let port = state.withLock { state -> Int? in
                if state.port == nil { state.portWaiters.append(continuation) }
                return state.port
            }
            if let port { continuation.resume(returning: port) }
        }
    }

    /// Serves until the task is cancelled or a graceful shutdown has ended.
    ///
    /// - Throws: `StartupError.cannotListen`, or `StoreError` when the store fails before the replica listens.
    package func run() async throws {
        let sealingKey = try await ports.store.sealingKey()
        let cursorCipher = CursorCipher(key: sealingKey)
        let head = try await ports.log.head()
        let gateway = makeGateway(cursorCipher: cursorCipher, from: head)
        let streams = EventStreams(from: head)
        let webhooks = makeWebhooks(cursorCipher: cursorCipher, from: head)
        state.withLock { $0.webhooks = webhooks }
        metrics.expose(webhookLags: { [weak webhooks] in webhooks?.lags() ?? [:] })
        let loops = makeLoops(gateway: gateway, streams: streams, webhooks: webhooks, from: head)
        let server = try makeServer(
            gateway: gateway, streams: streams, cursorCipher: cursorCipher, sealingKey: sealingKey)
        state.withLock { $0.server = server }
        let shutdown = ShutdownService(
            application: self, server: server, gateway: gateway, streams: streams, delay: timing.shutdownDelay)
        // A shutdown reaches the last service first.
        let group = ServiceGroup(configuration: .init(services: loops + [server, shutdown], logger: logger))
        do {
            try await group.run()
        } catch  where state.withLock({ $0.port == nil }) {
            throw StartupError.cannotListen(
                host: configuration.host, port: configuration.port, reason: "\(error)")
        }
    }

    /// Called by the server once it listens.
    func started(on port: Int) {
        let waiters = state.withLock { state in
            defer { state.portWaiters = [] }
            state.port = port
            state.isReady = true
            return state.portWaiters
        }
        logger.notice("Listening.", metadata: ["host": "\(configuration.host)", "port": "\(port)"])
        for continuation in waiters { continuation.resume(returning: port) }
    }

    /// Makes `/health/ready` answer 503.
    func stopBeingReady() {
        state.withLock { $0.isReady = false }
    }

    /// Begins no more deliveries to webhooks. Those that are in flight when the grace period ends are cut off.
    func stopWebhooks() {
        guard let webhooks = state.withLock(\.webhooks) else { return }
        webhooks.stop()
        _ = ports.clock.schedule(after: configuration.shutdownGrace) { webhooks.cut() }
    }

    /// Ends the grace period of a shutdown: what is left is cut off.
    package func cutConnections() {
        state.withLock(\.server)?.cutConnections()
        state.withLock(\.webhooks)?.cut()
    }
}
