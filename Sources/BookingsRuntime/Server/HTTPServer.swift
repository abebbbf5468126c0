import Bookings
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The listening socket and its connections, from the start to the end of a graceful shutdown.
///
/// A shutdown has four steps: After `drain` every response carries `Connection: close`. `stopAccepting` empties the accept
/// queue and closes the listening socket, after which idle connections close. Streams and sockets end. Then connections
/// and the work in flight end by themselves until the grace period is over; what is left is cut off and named in one log
/// line. `ShutdownService` takes the steps.
///
/// This file holds the life cycle; the extensions hold listening and the shutdown.
final class HTTPServer: Service {
    /// The part of the configuration that the server reads.
    struct Options: Sendable {
        let host: String
        let port: Int
        /// The number of connections beyond which further ones serve probes alone.
        let maxConnections: Int
        /// The time from the beginning of a shutdown until what is left is cut off.
        let grace: Duration

        init(_ configuration: ServiceConfiguration) {
            host = configuration.host
            port = configuration.port
            maxConnections = configuration.maxConnections ?? Self.defaultMaxConnections
            grace = configuration.shutdownGrace
        }

        /// What the descriptor limit of most systems allows.
        private static let defaultMaxConnections = 10_000
    }

    struct State {
        /// `nil` before the server listens, and from the moment that it accepts no more connections.
        var listener: (any Channel)?
        var isDraining = false
        /// Waits while all requests are still served.
        var delay: LoopTrigger?
        /// Ends the wait for connections and work.
        var cutOff: AsyncStream<Void>.Continuation?
        var isCutOff = false
    }

    let options: Options
    let services: ConnectionServices
    let inFlightWork: InFlightWork
    let clock: any WallClock
    let group: any EventLoopGroup
    let metrics: ServiceMetrics
    let logger: Logger
    let counter: ConnectionCounter
    /// `nil`: connections are not encrypted.
    let tls: TLSCertificates?
    /// The connections of each event loop.
    let registries: [(loop: any EventLoop, registry: NIOLoopBoundBox<ConnectionRegistry>)]
    let state = Mutex(State())
    private let started: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - tls: The certificate; `nil` for connections that are not encrypted.
    ///   - started: Called with the port once the server listens.
    init(
        options: Options, services: ConnectionServices, inFlightWork: InFlightWork, clock: any WallClock,
        group: any EventLoopGroup, metrics: ServiceMetrics, logger: Logger, tls: TLSCertificates?,
        started: @escaping @Sendable (Int) -> Void
    ) {
        self.options = options
        self.services = services
        self.inFlightWork = inFlightWork
        self.clock = clock
        self.group = group
        self.metrics = metrics
        self.logger = logger
        self.tls = tls
        self.started = started
        counter = ConnectionCounter(limit: options.maxConnections, metrics: metrics)
        registries = group.makeIterator().map { loop in
            (loop, NIOLoopBoundBox.makeBoxSendingValue(ConnectionRegistry(), eventLoop: loop))
        }
    }

    /// Serves until a graceful shutdown has ended. A cancelled task closes all connections at once.
    func run() async throws {
        let listener = try await bind()
        state.withLock { $0.listener = listener }
        let ticks = startTicks()
        defer { for tick in ticks { tick.cancel() } }
        started(listener.localAddress?.port ?? options.port)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.stopOnGracefulShutdown() }
            if let tls { group.addTask { [inFlightWork] in await tls.watch(inFlightWork: inFlightWork) } }
            await withTaskCancellationHandler {
                try? await listener.closeFuture.get()
                await waitForOwnShutdown()
                await waitUntilDrained()
            } onCancel: {
                listener.close(promise: nil)
                cutConnections()
            }
            group.cancelAll()
        }
        await closeConnections()
    }

    /// Starts the repeated task of each event loop that checks deadlines.
    private func startTicks() -> [RepeatedTask] {
        registries.map { loop, registry in
            loop.scheduleRepeatedTask(
                initialDelay: ConnectionRegistry.tickInterval, delay: ConnectionRegistry.tickInterval
            ) { _ in registry.value.tick() }
        }
    }
}
