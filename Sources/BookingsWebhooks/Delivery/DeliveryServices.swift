import Bookings
import Logging

/// What the workers of all webhooks share.
package struct DeliveryServices: Sendable {
    let store: any WebhookStore
    let log: any EventLog
    let encoder: EventEncoder
    let cipher: SecretCipher
    let clock: any WallClock
    let identifiers: any IdentifierSource
    let inFlightWork: InFlightWork
    let metrics: ServiceMetrics
    let logger: Logger
    /// `nil` when no tracer is bootstrapped.
    let tracing: DeliveryTracing?
    /// How long events can be read.
    let retention: Duration
    /// Makes the connections to a receiver.
    let connect: @Sendable (WebhookURL) -> EndpointClient

    /// Collects the ports of all deliveries.
    package init(
        store: any WebhookStore, log: any EventLog, encoder: EventEncoder, cipher: SecretCipher, clock: any WallClock,
        identifiers: any IdentifierSource, inFlightWork: InFlightWork, metrics: ServiceMetrics, logger: Logger,
        tracing: DeliveryTracing?, retention: Duration, connect: @escaping @Sendable (WebhookURL) -> EndpointClient
    ) {
        self.store = store
        self.log = log
        self.encoder = encoder
        self.cipher = cipher
        self.clock = clock
        self.identifiers = identifiers
        self.inFlightWork = inFlightWork
        self.metrics = metrics
        self.logger = logger
        self.tracing = tracing
        self.retention = retention
        self.connect = connect
    }
}
