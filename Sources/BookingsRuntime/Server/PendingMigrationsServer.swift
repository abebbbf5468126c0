import Bookings
import BookingsHTTP
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Stands in for the application while migrations are pending: serves probes and metrics, and answers other routes with
/// 503. It ends when all migrations are applied.
package final class PendingMigrationsServer: Service {
    private static let pollInterval = Duration.seconds(1)

    private let configuration: ServiceConfiguration
    private let ports: ApplicationPorts
    private let logger: Logger
    private let state = Mutex((isServing: false, isComplete: false))

    /// Creates a server. It does nothing until it runs.
    package init(configuration: ServiceConfiguration, ports: ApplicationPorts, logger: Logger) {
        self.configuration = configuration
        self.ports = ports
        self.logger = logger
    }

    /// Whether all migrations are applied; false when the server ended because of a shutdown.
    package var isSchemaComplete: Bool { state.withLock(\.isComplete) }

    /// Serves until all migrations are applied, or a graceful shutdown has ended.
    package func run() async throws {
        let inFlightWork = InFlightWork()
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: try makeServer(inFlightWork)),
                    .init(
                        service: makeMigrationLoop(inFlightWork),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                ], logger: logger))
        try await group.run()
    }

    /// Returns a loop that ends when all migrations are applied.
    private func makeMigrationLoop(_ inFlightWork: InFlightWork) -> WorkerLoop {
        WorkerLoop(name: "migrations", clock: ports.clock, inFlightWork: inFlightWork, logger: logger) { [self] in
            let migrations = try await ports.migrator.status()
            let isComplete = !migrations.isEmpty && migrations.allSatisfy(\.isApplied)
            state.withLock { $0.isComplete = isComplete }
            // Ends the loop, which shuts down the group.
            if isComplete { throw CancellationError() }
            return .after(Self.pollInterval)
        }
    }

    private func makeServer(_ inFlightWork: InFlightWork) throws -> HTTPServer {
        // The empty key is never used: no route that is served here reads or makes a cursor.
        let clock = ResponseClock(ports.clock)
        let metrics = ServiceMetrics()
        let http = HTTPComposition(
            options: configuration.http, ports: ports, clock: clock, cursorCipher: CursorCipher(key: []),
            metrics: metrics, inFlightWork: inFlightWork,
            requestLog: configuration.logRequests ? RequestLog(logger, hash: nil) : nil, logger: logger,
            isReady: { [self] in state.withLock(\.isServing) })
        let routes = http.controllers().routes.map(\.unavailable)
        return HTTPServer(
            options: .init(configuration),
            services: ConnectionServices(
                responder: http.pipeline(routes), upgrader: nil, limits: ConnectionLimits(), date: { clock.date }),
            inFlightWork: inFlightWork, clock: ports.clock, group: MultiThreadedEventLoopGroup.singleton,
            metrics: metrics, logger: logger,
            tls: try configuration.tlsCertificates(clock: ports.clock, logger: logger),
            started: { [self] port in started(on: port) })
    }

    private func started(on port: Int) {
        state.withLock { $0.isServing = true }
        logger.warning(
            "Migrations are pending: only probes are served until they are applied.",
            metadata: ["host": "\(configuration.host)", "port": "\(port)"])
    }
}
