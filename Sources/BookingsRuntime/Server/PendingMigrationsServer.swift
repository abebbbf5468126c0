import Bookings
import BookingsHTTP
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Serves probes and metrics while migrations are pending, and 503 in place of the rest. It ends when all are applied.
package final class PendingMigrationsServer: Service {
    private static let poll = Duration.seconds(1)

    private let configuration: ServiceConfiguration
    private let ports: ApplicationPorts
    private let logger: Logger
    private let state = Mutex((isServing: false, isComplete: false))

    package init(configuration: ServiceConfiguration, ports: ApplicationPorts, logger: Logger) {
        self.configuration = configuration
        self.ports = ports
        self.logger = logger
    }

    /// Whether it ended because nothing is pending any more.
    package var isSchemaComplete: Bool { state.withLock(\.isComplete) }

    package func run() async throws {
        let inFlightWork = InFlightWork()
        let looking = WorkerLoop(name: "migrations", clock: ports.clock, inFlightWork: inFlightWork, logger: logger) { [self] in
            let migrations = try await ports.migrator.status()
            let isOver = !migrations.isEmpty && migrations.allSatisfy(\.isApplied)
            state.withLock { $0.isComplete = isOver }
            if isOver { throw CancellationError() }
            return .after(Self.poll)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: server(inFlightWork)),
                    .init(service: looking, successTerminationBehavior: .gracefullyShutdownGroup),
                ], logger: logger))
        try await group.run()
    }

    private func server(_ inFlightWork: InFlightWork) -> HTTPServer {
        // No route that is open here makes or reads a cursor.
        let dependencies = HTTPDependencies(
            options: configuration.http, ports: ports, cursorCipher: CursorCipher(key: []), metrics: ServiceMetrics(),
            inFlightWork: inFlightWork, logger: logger, isReady: { [self] in state.withLock(\.isServing) }, committed: { _ in })
        let date = DateField(clock: ports.clock)
        return HTTPServer(
            options: .init(configuration),
            services: ConnectionServices(
                responder: RequestPipeline(dependencies, routes: tableOfContents(dependencies).map(\.closed)),
                upgrader: nil,
                limits: ConnectionLimits(), date: { date.text }),
            group: MultiThreadedEventLoopGroup.singleton, metrics: dependencies.metrics, logger: logger,
            started: { [self] port in
                state.withLock { $0.isServing = true }
                logger.warning(
                    "Migrations are pending: probes alone are served until they are applied.",
                    metadata: ["host": "\(configuration.host)", "port": "\(port)"])
            })
    }
}
