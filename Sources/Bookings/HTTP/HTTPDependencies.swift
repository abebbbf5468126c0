import Logging

/// What the HTTP room is made of.
public struct HTTPDependencies: Sendable {
    public var configuration: ServiceConfiguration
    public var ports: ApplicationPorts
    public var sealer: CursorSealer
    public var metrics: ServiceMetrics
    public var ledger: ActivityLedger
    public var logger: Logger
    public var streams: EventStreams
    public var continuity: LogContinuity
    /// Whether this replica takes requests, for `/health/ready`.
    public var isReady: @Sendable () -> Bool
    /// Called after each commit.
    public var committed: @Sendable (LogPosition) -> Void

    public init(
        configuration: ServiceConfiguration, ports: ApplicationPorts, sealer: CursorSealer, metrics: ServiceMetrics,
        ledger: ActivityLedger, logger: Logger, streams: EventStreams = EventStreams(),
        continuity: LogContinuity? = nil,
        isReady: @escaping @Sendable () -> Bool,
        committed: @escaping @Sendable (LogPosition) -> Void
    ) {
        self.configuration = configuration
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
