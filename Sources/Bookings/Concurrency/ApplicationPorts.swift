/// Everything that the service needs from outside. The composition chooses adapters; tests and the simulator decorate.
package struct ApplicationPorts: Sendable {
    package var store: any BookingStore
    package var log: any EventLog
    package var reminders: any ReminderQueue
    package var migrator: any SchemaMigrator
    package var bus: any EventBus
    package var cache: any Cache
    package var rateLimiter: any RateLimiter
    package var sharedService: any SharedServiceProbe
    package var verifier: any TokenVerifier
    /// Nil in production: there `POST /auth/token` does not exist.
    package var tokenIssuer: (any TokenIssuing)?
    package var clock: any WallClock
    /// Nil when the clock is nobody's but the machine's own.
    package var steering: DisciplinedClock?
    package var identifiers: any IdentifierSource

    package init(
        store: any BookingStore, log: any EventLog, reminders: any ReminderQueue, migrator: any SchemaMigrator,
        bus: any EventBus, cache: any Cache, rateLimiter: any RateLimiter, sharedService: any SharedServiceProbe,
        verifier: any TokenVerifier, tokenIssuer: (any TokenIssuing)?, clock: any WallClock,
        steering: DisciplinedClock? = nil, identifiers: any IdentifierSource
    ) {
        self.store = store
        self.log = log
        self.reminders = reminders
        self.migrator = migrator
        self.bus = bus
        self.cache = cache
        self.rateLimiter = rateLimiter
        self.sharedService = sharedService
        self.verifier = verifier
        self.tokenIssuer = tokenIssuer
        self.clock = clock
        self.steering = steering
        self.identifiers = identifiers
    }
}
