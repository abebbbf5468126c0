import Bookings
import Logging

/// What the HTTP room is made of.
package struct HTTPDependencies: Sendable {
    package var options: HTTPOptions
    package var ports: ApplicationPorts
    package var sealer: CursorCipher
    package var metrics: ServiceMetrics
    package var ledger: InFlightWork
    package var logger: Logger
    package var streams: EventStreams
    package var continuity: LogContinuity
    /// Whether this replica takes requests, for `/health/ready`.
    package var isReady: @Sendable () -> Bool
    /// Called after each commit.
    package var committed: @Sendable (LogPosition) -> Void

    package init(
        options: HTTPOptions, ports: ApplicationPorts, sealer: CursorCipher, metrics: ServiceMetrics,
        ledger: InFlightWork, logger: Logger, streams: EventStreams = EventStreams(),
        continuity: LogContinuity? = nil,
        isReady: @escaping @Sendable () -> Bool,
        committed: @escaping @Sendable (LogPosition) -> Void
    ) {
        self.options = options
        self.ports = ports
        self.sealer = sealer
        self.metrics = metrics
        self.ledger = ledger
        self.logger = logger
        self.streams = streams
        self.continuity = continuity ?? LogContinuity(clock: ports.clock)
        self.isReady = isReady
        self.committed = committed
    }
}
