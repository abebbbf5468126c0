import Bookings
import Logging

/// What the HTTP room is made of.
package struct HTTPDependencies: Sendable {
    package var options: HTTPOptions
    package var ports: ApplicationPorts
    package var cursorCipher: CursorCipher
    package var metrics: ServiceMetrics
    package var inFlightWork: InFlightWork
    package var logger: Logger
    package var streams: EventStreams
    package var continuity: LogContinuity
    /// Whether this replica takes requests, for `/health/ready`.
    package var isReady: @Sendable () -> Bool
    /// Called after each commit.
    package var committed: @Sendable (LogPosition) -> Void

    package init(
        options: HTTPOptions, ports: ApplicationPorts, cursorCipher: CursorCipher, metrics: ServiceMetrics,
        inFlightWork: InFlightWork, logger: Logger, streams: EventStreams = EventStreams(),
        continuity: LogContinuity? = nil,
        isReady: @escaping @Sendable () -> Bool,
        committed: @escaping @Sendable (LogPosition) -> Void
    ) {
        self.options = options
        self.ports = ports
        self.cursorCipher = cursorCipher
        self.metrics = metrics
        self.inFlightWork = inFlightWork
        self.logger = logger
        self.streams = streams
        self.continuity = continuity ?? LogContinuity(clock: ports.clock)
        self.isReady = isReady
        self.committed = committed
    }
}
