import Bookings
import BookingsHTTP
import BookingsWebhooks
import Logging

/// Builds the controllers of the REST interface and the pipeline that all requests pass.
package struct HTTPComposition: Sendable {
    private let options: HTTPOptions
    private let ports: ApplicationPorts
    private let clock: ResponseClock
    private let cursorCipher: CursorCipher
    private let metrics: ServiceMetrics
    private let inFlightWork: InFlightWork
    private let streams: EventStreams
    private let continuity: LogContinuity
    private let requestLog: RequestLog?
    private let requestTracing: RequestTracing?
    private let logger: Logger
    private let isReady: @Sendable () -> Bool
    /// Called when a webhook was added or changed.
    private let webhooksChanged: @Sendable () -> Void
    private let writes: BookingWrites

    /// - Parameters:
    ///   - clock: The clock from which responses take their instants and their `Date`.
    ///   - requestLog: `nil` if requests are not logged.
    ///   - requestTracing: `nil` if no tracer is bootstrapped.
    ///   - isReady: Whether the replica accepts requests, for `/health/ready`.
    package init(
        options: HTTPOptions, ports: ApplicationPorts, clock: ResponseClock, cursorCipher: CursorCipher,
        metrics: ServiceMetrics, inFlightWork: InFlightWork, streams: EventStreams = EventStreams(from: .start),
        continuity: LogContinuity? = nil, requestLog: RequestLog? = nil, requestTracing: RequestTracing? = nil,
        logger: Logger, isReady: @escaping @Sendable () -> Bool,
        webhooksChanged: @escaping @Sendable () -> Void = {}
    ) {
        self.options = options
        self.ports = ports
        self.clock = clock
        self.cursorCipher = cursorCipher
        self.metrics = metrics
        self.inFlightWork = inFlightWork
        self.streams = streams
        self.continuity = continuity ?? LogContinuity(clock: ports.clock)
        self.requestLog = requestLog
        self.requestTracing = requestTracing
        self.logger = logger
        self.isReady = isReady
        self.webhooksChanged = webhooksChanged
        writes = BookingWrites(
            store: ports.store, clock: clock, identifiers: ports.identifiers, plan: options.reminderPlan,
            initialStatus: options.initialStatus, customerAccess: options.customerAccess,
            committed: { [bus = ports.bus] position in bus.announce(position) })
    }

    /// Returns the controllers of all routes of the REST interface.
    package func controllers() -> Controllers {
        Controllers(
            bookings: BookingController(
                writes: writes, getBooking: GetBooking(store: ports.store, customerAccess: options.customerAccess),
                cursorCipher: cursorCipher, metrics: metrics),
            lists: lists(), events: events(), reminders: reminders(),
            operations: OperationsController(
                store: ports.store, migrator: ports.migrator, sharedService: ports.sharedService, clock: ports.clock,
                webhooks: options.webhooks ? ports.webhooks : nil, metrics: metrics,
                reminderPlan: options.reminderPlan, isReady: isReady),
            tokens: ports.tokenIssuer.map(TokenController.init), webhooks: options.webhooks ? webhooks() : nil,
            servesDemoPage: options.servesTestPages)
    }

    private func webhooks() -> WebhookController {
        let ping = PingWebhook(
            identifiers: ports.identifiers, clock: ports.clock, rules: options.webhookRules,
            resolve: ports.resolveHost)
        return WebhookController(
            webhooks: ManageWebhooks(
                store: ports.webhooks, log: ports.log, cipher: SecretCipher(key: options.secretsKey), clock: clock,
                identifiers: ports.identifiers, retention: options.eventRetention, changed: webhooksChanged),
            writes: writes, rules: options.webhookRules, encoder: EventEncoder(cursorCipher: cursorCipher)
        ) { await ping($0, secrets: $1) }
    }

    private func lists() -> ListController {
        let cache = PageCache(
            log: ports.log, continuity: continuity, rows: ports.cache, timeToLive: options.cacheTTL, metrics: metrics)
        return ListController(
            listBookings: ListBookings(store: ports.store, cache: cache), cache: cache,
            customerAccess: options.customerAccess, cursorCipher: cursorCipher, clock: clock)
    }

    private func events() -> EventController {
        EventController(
            readEvents: ReadEvents(
                log: ports.log, continuity: continuity, clock: clock, retention: options.eventRetention),
            encoder: EventEncoder(cursorCipher: cursorCipher), clock: ports.clock, inFlightWork: inFlightWork,
            streams: streams)
    }

    private func reminders() -> ReminderController {
        ReminderController(
            listReminders: ListReminders(ledger: ports.ledger),
            replayReminder: ReplayReminder(
                ledger: ports.ledger, clock: clock,
                committed: { [bus = ports.bus] position in bus.announce(position) }),
            writes: writes, cursorCipher: cursorCipher)
    }

    /// Returns the pipeline that serves these routes.
    package func pipeline(_ routes: [Route]) -> RequestPipeline {
        RequestPipeline(
            routes: routes, verifier: ports.verifier,
            rateLimiting: RateLimiting(ports.rateLimiter, limit: options.rateLimit, clock: ports.clock),
            writes: writes, frontendOrigins: options.frontendOrigins, identifiers: ports.identifiers,
            metrics: metrics, inFlightWork: inFlightWork, requestLog: requestLog,
            requestTracing: requestTracing, logger: logger)
    }
}
