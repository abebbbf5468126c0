import Bookings
import BookingsAuth
import BookingsPostgres
import BookingsRedis
import BookingsSQLite
import BookingsSocketIO
import FoundationEssentials
import Logging
import ServiceLifecycle

/// Why the service does not start; each line names what to change.
package struct StartRefused: Error, CustomStringConvertible {
    package let lines: [String]

    package init(_ lines: String...) {
        self.lines = lines
    }

    package var description: String { lines.joined(separator: "\n") }
}

/// Chooses the adapters that a configuration names. The only place that knows them all.
package struct Composition: Sendable {
    package let configuration: ServiceConfiguration
    package let clock: any WallClock
    package let identifiers: any IdentifierSource
    package let logger: Logger
    /// Whether a shared database's time steers the clock. Not where the clock is turned by hand.
    package let steersClock: Bool

    package init(
        configuration: ServiceConfiguration, clock: any WallClock = SystemClock(),
        identifiers: any IdentifierSource = SystemIdentifiers(), logger: Logger, steersClock: Bool = true
    ) {
        self.configuration = configuration
        self.clock = clock
        self.identifiers = identifiers
        self.logger = logger
        self.steersClock = steersClock
    }

    /// The ports of one replica, and the services that its adapters need to run.
    package struct Adapters: Sendable {
        package var ports: ApplicationPorts
        package let services: [any Service]
    }

    /// What is wrong with values that only their adapter can judge, a line each. Nothing is connected to.
    package static func faults(of configuration: ServiceConfiguration) -> [String] {
        var faults: [String] = []
        if case .postgres(let url) = configuration.database, let reason = PostgresURL.problem(in: url) {
            faults.append("DATABASE_URL takes a URL that libpq can read: \(reason).")
        }
        if let url = configuration.redisURL {
            do {
                if let path = try RedisTarget(url: url).authorities, !isReadable(path) {
                    faults.append("REDIS_URL takes a cacert that can be read.")
                }
            } catch RedisError.malformed(let reason) {
                faults.append("REDIS_URL takes redis[s]://[user[:password]@]host[:port][/database]: \(reason).")
            } catch {
                faults.append("REDIS_URL cannot be read.")
            }
        }
        if let url = configuration.jwksURL, KeySetAddress(url) == nil {
            faults.append("JWT_JWKS_URL takes \(KeySetAddress.form).")
        }
        if let path = configuration.jwksFile, !isReadable(path) {
            faults.append("JWT_JWKS_FILE takes the path of a file that can be read.")
        }
        return faults
    }

    private static func isReadable(_ path: String) -> Bool { FileManager.default.isReadableFile(atPath: path) }

    /// Opens the stores. The schema is left as it is, see `prepareSchema`.
    package func openAdapters() async throws -> Adapters {
        switch configuration.database {
        case .sqlite(let path):
            return try adapters(on: SQLiteStore.open(.file(path: path), identifiers: identifiers, logger: logger))
        case .sqliteMemory:
            return try adapters(on: SQLiteStore.open(.memory, identifiers: identifiers, logger: logger))
        case .postgres(let url):
            try await waitingForStore { () async throws(StoreError) in try await PostgresStore.verify(url: url) }
            let store = PostgresStore(url: url, identifiers: identifiers, logger: logger)
            let steered = steersClock ? DisciplinedClock(local: clock, reference: store) : nil
            try await waitingForStore { () async throws(StoreError) in _ = try await store.referenceTime() }
            if let steered { try await steered.measure() }
            return try adapters(on: store, isShared: true, steering: steered, services: [store.pool])
        }
    }

    /// Repeats the work while the store is not up yet, for `STARTUP_TIMEOUT_SECONDS` at most, and says so once.
    private func waitingForStore<Value>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let trigger = LoopTrigger(clock: clock, inFlightWork: InFlightWork())
        defer { trigger.end() }
        let deadline = clock.elapsed() + configuration.startupTimeout
        var isWaiting = false
        while true {
            do throws(StoreError) {
                return try await work()
            } catch {
                guard case .unavailable(let reason) = error, clock.elapsed() < deadline else { throw error }
                if !isWaiting {
                    logger.notice(
                        "The database is not up yet: waiting for it.",
                        metadata: [
                            "seconds": "\(configuration.startupTimeout.wholeMilliseconds / 1000)",
                            "reason": "\(reason)",
                        ])
                }
                isWaiting = true
                await trigger.wait(atMost: .milliseconds(500))
            }
        }
    }

    /// `isShared`: other replicas may work on the same store.
    private func adapters(
        on store: some BookingStore & EventLog & ReminderQueue & SchemaMigrator, isShared: Bool = false,
        steering: DisciplinedClock? = nil, services: [any Service] = []
    ) throws -> Adapters {
        let clock: any WallClock = steering ?? clock
        let secret = try signingSecret()
        let shared = try openRedis(clock: clock, identity: { try await store.sealingKey() + store.databaseIdentity() })
        let local = InProcessEventBus(isConnected: !isShared)
        let ports = ApplicationPorts(
            store: store, log: store, reminders: store, migrator: store, bus: shared?.bus ?? local,
            cache: shared?.cache ?? InProcessCache(), rateLimiter: shared?.rateLimiter ?? InProcessRateLimiter(),
            sharedService: shared ?? local,
            verifier: try verifier(secret, clock),
            tokenIssuer: secret.flatMap { tokenIssuer($0, clock) },
            clock: clock, steering: steering, identifiers: identifiers)
        return Adapters(ports: ports, services: services + (shared.map { [$0] } ?? []))
    }

    /// Nil when none is configured. One that is away does not keep the service from starting.
    private func openRedis(
        clock: any WallClock, identity: @escaping @Sendable () async throws -> [UInt8]
    ) throws -> RedisServices? {
        guard let url = configuration.redisURL else { return nil }
        do {
            return try RedisServices(
                target: RedisTarget(url: url), clock: clock, identifiers: identifiers, logger: logger,
                identity: identity)
        } catch RedisError.malformed(let reason) {
            throw StartRefused("REDIS_URL cannot be read: \(reason).")
        } catch {
            throw StartRefused("REDIS_URL takes a cacert with certificates that can be read.")
        }
    }

    /// The configured secret; outside production one is made at the start when there is none.
    private func signingSecret() throws -> [UInt8]? {
        if let secret = configuration.jwtSecret { return secret }
        if configuration.environment == .production {
            guard configuration.jwksURL != nil || configuration.jwksFile != nil else {
                throw StartRefused("JWT_SECRET takes a secret of at least 32 bytes.")
            }
            return nil
        }
        logger.notice("JWT_SECRET is not set: tokens of this process end with it.")
        return (0..<2).flatMap { identifiers.bits(for: .secret, key: "jwt/\($0)").bytes }
    }

    /// Nil in production.
    private func tokenIssuer(_ secret: [UInt8], _ clock: any WallClock) -> TokenIssuer? {
        guard configuration.environment != .production else { return nil }
        return TokenIssuer(
            secret: secret, issuer: configuration.jwtIssuer, audience: configuration.jwtAudience, clock: clock)
    }

    /// A file must be there at the start; a URL may come up later than the service.
    private func keyRings(_ clock: any WallClock) throws -> [RemoteKeySet] {
        var rings: [RemoteKeySet] = []
        if let path = configuration.jwksFile {
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw StartRefused("JWT_JWKS_FILE takes the path of a file that can be read.")
            }
            rings.append(
                RemoteKeySet(name: "JWT_JWKS_FILE", clock: clock, logger: logger, source: KeySetSource.file(path)))
        }
        if let url = configuration.jwksURL {
            guard let address = KeySetAddress(url) else {
                throw StartRefused("JWT_JWKS_URL takes \(KeySetAddress.form).")
            }
            rings.append(
                RemoteKeySet(name: "JWT_JWKS_URL", clock: clock, logger: logger, source: KeySetSource.url(address)))
        }
        // The first token need not wait.
        for ring in rings { ring.refresh() }
        return rings
    }

    /// The adapters of another replica in this process, on stores that are open already; cache, clock, ids and tokens
    /// are its own.
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

    private func verifier(_ secret: [UInt8]?, _ clock: any WallClock) throws -> JWTVerifier {
        JWTVerifier(
            secret: secret, rings: try keyRings(clock), issuer: configuration.jwtIssuer,
            audience: configuration.jwtAudience, clock: clock)
    }

    /// Applies pending migrations when the configuration says so, and refuses to go on without them in production.
    ///
    /// False: some are pending, so that only the waiting room may open.
    @discardableResult
    package func prepareSchema(_ adapters: Adapters) async throws -> Bool {
        let migrator = adapters.ports.migrator
        let pending = try await waitingForStore { () async throws(StoreError) in
            if configuration.migrateOnStart { try await migrator.migrate(to: nil) }
            return try await migrator.status().filter { !$0.isApplied }
        }
        guard pending.isEmpty || configuration.environment != .production else {
            let numbers = pending.map { String($0.number) }.joined(separator: ", ")
            throw StartRefused(
                "Migrations are pending (\(numbers)): run `BookingsServer migrate`, or set MIGRATE_ON_START=on.")
        }
        return pending.isEmpty
    }

    /// What answers in place of the application while migrations are pending.
    package func waitingRoom(_ adapters: Adapters) -> PendingMigrationsServer {
        PendingMigrationsServer(configuration: configuration, ports: adapters.ports, logger: logger)
    }

    package func application(
        _ adapters: Adapters, timing: ApplicationTiming = ApplicationTiming(), backlog: SocketBacklog = SocketBacklog(),
        inFlightWork: InFlightWork = InFlightWork()
    ) -> BookingsApplication {
        BookingsApplication(
            configuration: configuration, ports: adapters.ports, timing: timing, backlog: backlog,
            inFlightWork: inFlightWork,
            logger: logger)
    }
}
