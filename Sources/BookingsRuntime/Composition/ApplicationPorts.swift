import Bookings
import BookingsWebhooks

/// The adapters of one replica. `Composition` chooses them; tests and the simulator wrap them.
package struct ApplicationPorts: Sendable {
    /// Bookings, their history and idempotency records.
    package var store: any BookingStore
    /// The events of all bookings in commit order.
    package var log: any EventLog
    /// The reminders that are due.
    package var reminders: any ReminderQueue
    /// The webhooks, their leases and attempts.
    package var webhooks: any WebhookStore
    /// The reminders that wait and the outcomes of the others.
    package var ledger: any ReminderLedger
    /// The stored data, for the audit.
    package var audit: any AuditSource
    /// Stretches of the log, for exports.
    package var export: any ExportSource
    /// The migrations of the store's schema.
    package var migrator: any SchemaMigrator
    /// Announcements of new log positions to other replicas.
    package var bus: any EventBus
    /// The rows of list pages.
    package var cache: any Cache
    /// The numbers of requests by subject and window.
    package var rateLimiter: any RateLimiter
    /// The health of the service that replicas share (Redis).
    package var sharedService: any SharedServiceProbe
    /// The verification of bearer tokens.
    package var verifier: any TokenVerifier
    /// `nil` in production, where `POST /auth/token` does not exist.
    package var tokenIssuer: (any TokenIssuing)?
    /// The clock of the replica.
    package var clock: any WallClock
    /// The clock that is to be disciplined by the store; `nil` if the replica uses the machine's time.
    package var steering: DisciplinedClock?
    /// Random bits for identifiers and secrets.
    package var identifiers: any IdentifierSource
    /// Finds the addresses of webhooks' receivers.
    package var resolveHost = HostResolver.system

    /// Creates the ports of a replica.
    package init(
        store: any BookingStore, log: any EventLog, reminders: any ReminderQueue, ledger: any ReminderLedger,
        audit: any AuditSource, export: any ExportSource, webhooks: any WebhookStore, migrator: any SchemaMigrator,
        bus: any EventBus, cache: any Cache, rateLimiter: any RateLimiter, sharedService: any SharedServiceProbe,
        verifier: any TokenVerifier, tokenIssuer: (any TokenIssuing)?, clock: any WallClock,
        steering: DisciplinedClock? = nil, identifiers: any IdentifierSource
    ) {
        self.store = store
        self.log = log
        self.reminders = reminders
        self.webhooks = webhooks
        self.ledger = ledger
        self.audit = audit
        self.export = export
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
