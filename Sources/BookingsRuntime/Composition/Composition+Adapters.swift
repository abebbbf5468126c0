import Bookings
import BookingsPostgres
import BookingsRedis
import BookingsSQLite
import ServiceLifecycle

extension Composition {
    /// Opens the stores that the configuration names, and returns the ports on them. The schema is not changed; see
    /// `prepareSchema`.
    ///
    /// Waits up to `STARTUP_TIMEOUT_SECONDS` for a PostgreSQL that is not available. A Redis that is not available
    /// does not keep the service from starting.
    ///
    /// - Throws: `StoreError` when the store cannot be opened, `StartupError` when a value cannot be used.
    package func openAdapters() async throws -> Adapters {
        switch configuration.database {
        case .sqlite(let path):
            return try adapters(on: openSQLite(.file(path: path)))
        case .sqliteMemory:
            return try adapters(on: openSQLite(.memory))
        case .postgres(let url):
            try await retryingWhileUnavailable { () async throws(StoreError) in try await PostgresStore.verify(url: url)
            }
            let store = PostgresStore(
                url: url, identifiers: identifiers, logger: logger, replica: configuration.replicaName)
            let disciplined = steersClock ? DisciplinedClock(local: clock, reference: store) : nil
            try await retryingWhileUnavailable { () async throws(StoreError) in _ = try await store.referenceTime() }
            if let disciplined { try await disciplined.measure() }
            return try adapters(on: store, isShared: true, steering: disciplined, services: [store.pool])
        }
    }

    private func openSQLite(_ location: SQLiteStore.Location) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(
            location, identifiers: identifiers, logger: logger, replica: configuration.replicaName)
    }

    /// Returns the adapters of another replica in this process, on stores that are open already. Cache, rate limiter,
    /// clock, identifiers and tokens are its own.
    package func adapters(sharing ports: ApplicationPorts) throws -> Adapters {
        let secret = try signingSecret()
        var ports = ports
        ports.cache = InProcessCache()
        ports.rateLimiter = InProcessRateLimiter()
        ports.verifier = try verifier(secret, clock)
        ports.tokenIssuer = secret.flatMap { tokenIssuer($0, clock) }
        ports.clock = clock
        ports.identifiers = identifiers
        return Adapters(ports: ports, services: [])
    }

    /// What one store is for the service.
    private typealias Store = BookingStore & EventLog & ReminderQueue & ReminderLedger & AuditSource & ExportSource
        & WebhookStore & SchemaMigrator

    /// - Parameter isShared: Whether other replicas may use the same store.
    private func adapters(
        on store: some Store, isShared: Bool = false,
        steering: DisciplinedClock? = nil, services: [any Service] = []
    ) throws -> Adapters {
        let clock: any WallClock = steering ?? clock
        let secret = try signingSecret()
        let redis = try openRedis(clock: clock, identity: { try await store.sealingKey() + store.databaseIdentity() })
        let local = InProcessEventBus(isConnected: !isShared)
        let ports = ApplicationPorts(
            store: store, log: store, reminders: store, ledger: store, audit: store, export: store, webhooks: store,
            migrator: store, bus: redis?.bus ?? local, cache: redis?.cache ?? InProcessCache(),
            rateLimiter: redis?.rateLimiter ?? InProcessRateLimiter(),
            sharedService: redis ?? local,
            verifier: try verifier(secret, clock),
            tokenIssuer: secret.flatMap { tokenIssuer($0, clock) },
            clock: clock, steering: steering, identifiers: identifiers)
        return Adapters(ports: ports, services: services + (redis.map { [$0] } ?? []))
    }

    /// Returns `nil` when no Redis is configured.
    private func openRedis(
        clock: any WallClock, identity: @escaping @Sendable () async throws -> [UInt8]
    ) throws -> RedisServices? {
        guard let url = configuration.redisURL else { return nil }
        do {
            return try RedisServices(
                target: RedisTarget(url: url), clock: clock, identifiers: identifiers, logger: logger,
                identity: identity)
        } catch RedisError.malformed(let reason) {
            throw StartupError.invalidConfiguration("REDIS_URL cannot be parsed: \(reason).")
        } catch {
            throw StartupError.invalidConfiguration("REDIS_URL must name a file of valid certificates as its cacert.")
        }
    }
}
