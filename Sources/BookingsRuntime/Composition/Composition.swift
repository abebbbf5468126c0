import Bookings
import BookingsSocketIO
import Logging
import ServiceLifecycle

/// Chooses the adapters that a configuration names, and builds the application on them. It is the only place where all
/// adapters are known.
package struct Composition: Sendable {
    let configuration: ServiceConfiguration
    let clock: any WallClock
    let identifiers: any IdentifierSource
    let logger: Logger
    /// Whether the clock of a shared database disciplines the replica's clock. Off where a test controls the clock.
    let steersClock: Bool
    /// Counts the work of the adapters and of the application.
    let inFlightWork: InFlightWork

    /// Creates a composition. The defaults are those of production.
    package init(
        configuration: ServiceConfiguration, clock: any WallClock = SystemClock(),
        identifiers: any IdentifierSource = SystemIdentifiers(), logger: Logger, steersClock: Bool = true,
        inFlightWork: InFlightWork = InFlightWork()
    ) {
        self.configuration = configuration
        self.clock = clock
        self.identifiers = identifiers
        self.logger = logger
        self.steersClock = steersClock
        self.inFlightWork = inFlightWork
    }

    /// The ports of one replica, and the services that their adapters need to run.
    package struct Adapters: Sendable {
        /// The ports. The simulator replaces some of them by decorators.
        package var ports: ApplicationPorts
        /// The services, in the order in which they start.
        package let services: [any Service]
    }

    /// Returns the application on the adapters. Their services must run as long as it does.
    package func application(
        _ adapters: Adapters, timing: ApplicationTiming = ApplicationTiming(), backlog: SocketBacklog = SocketBacklog()
    ) -> BookingsApplication {
        BookingsApplication(
            configuration: configuration, ports: adapters.ports, timing: timing, backlog: backlog,
            inFlightWork: inFlightWork, logger: logger)
    }

    /// Returns the server that stands in for the application while migrations are pending.
    package func pendingMigrationsServer(_ adapters: Adapters) -> PendingMigrationsServer {
        PendingMigrationsServer(configuration: configuration, ports: adapters.ports, logger: logger)
    }
}
