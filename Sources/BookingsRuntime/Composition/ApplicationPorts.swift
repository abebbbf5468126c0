import Bookings

/// The adapters of one replica. `Composition` chooses them; tests and the simulator wrap them.
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
    /// `nil` in production, where `POST /auth/token` does not exist.
    package var tokenIssuer: (any TokenIssuing)?
    package var clock: any WallClock
    /// The clock that is to be disciplined by the store; `nil` if the replica uses the machine's time.
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
