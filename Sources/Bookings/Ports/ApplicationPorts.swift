/// Everything that the service needs from outside. The composition chooses adapters; tests and the simulator decorate.
public struct ApplicationPorts: Sendable {
    public var store: any BookingStore
    public var log: any EventLog
    public var reminders: any ReminderQueue
    public var migrator: any SchemaMigrator
    public var bus: any EventBus
    public var cache: any Cache
    public var rateLimiter: any RateLimiter
    public var sharedService: any SharedServiceProbe
    public var verifier: any TokenVerifier
    /// Nil in production: there `POST /auth/token` does not exist.
    public var tokenIssuer: (any TokenIssuing)?
    public var clock: any WallClock
    /// Nil when the clock is nobody's but the machine's own.
    public var steering: SteeredClock?
    public var identifiers: any IdentifierSource

    public init(
        store: any BookingStore, log: any EventLog, reminders: any ReminderQueue, migrator: any SchemaMigrator,
        bus: any EventBus, cache: any Cache, rateLimiter: any RateLimiter, sharedService: any SharedServiceProbe,
        verifier: any TokenVerifier, tokenIssuer: (any TokenIssuing)?, clock: any WallClock,
        steering: SteeredClock? = nil, identifiers: any IdentifierSource
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
