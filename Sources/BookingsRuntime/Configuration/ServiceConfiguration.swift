import Bookings
import BookingsHTTP
import Logging

/// The configuration of the service, read once at the start. The defaults are those of development.
package struct ServiceConfiguration: Sendable {
    /// `PORT`; 0 lets the system choose.
    package var port = 3000
    /// `HOST`, the address to listen on.
    package var host = "127.0.0.1"
    /// `TLS_CERT_FILE` and `TLS_KEY_FILE`; `nil` listens without encryption.
    package var tlsFiles: TLSFiles?
    /// `APP_ENV`, or `NODE_ENV`.
    package var environment = AppEnvironment.development
    /// `DATABASE_URL`.
    package var database = DatabaseSetting.sqlite(path: "./data/bookings.sqlite")
    /// `REDIS_URL`; `nil` keeps cache, rate limits and event bus in this process.
    package var redisURL: String?
    /// `REPLICA_NAME`, which the ledger of reminders shows; `nil` when it is unset, for which the server takes the name of
    /// the host.
    package var replicaName: String?
    /// `MIGRATE_ON_START`.
    package var migrateOnStart = true
    /// `JWT_SECRET`; `nil` when it is unset, for which development makes one at the start.
    package var jwtSecret: [UInt8]?
    /// `JWT_JWKS_URL`, the URL of a published key set.
    package var jwksURL: String?
    /// `JWT_JWKS_FILE`, the path of a published key set.
    package var jwksFile: String?
    /// `JWT_ISSUER`; `nil` accepts tokens of every issuer.
    package var jwtIssuer: String?
    /// `JWT_AUDIENCE`; `nil` accepts tokens for every audience.
    package var jwtAudience: String?
    /// `FRONTEND_URL`, the origins whose pages may use the API.
    package var frontendOrigins = ["http://localhost:3001"]
    /// `CUSTOMER_ACCESS`.
    package var customerAccess = CustomerAccess.create
    /// `BOOKING_INITIAL_STATUS`.
    package var initialStatus = BookingStatus.confirmed
    /// `REMINDER_LEAD_MINUTES`.
    package var reminderPlan = ReminderPlan(leads: [.seconds(600)])
    /// `EVENT_RETENTION_SECONDS`: how long the event log keeps an event.
    package var eventRetention = Duration.seconds(604_800)
    /// `CACHE_TTL_SECONDS`; zero turns the cache off.
    package var cacheTTL = Duration.seconds(30)
    /// `SOCKETIO_ANONYMOUS`: whether sockets may connect without a token.
    package var socketIOAnonymous = true
    /// `SOCKETIO_STATE_RECOVERY`.
    package var socketIOStateRecovery = false
    /// `RATE_LIMIT`; `nil` is no limit.
    package var rateLimit: RateLimit?
    /// `WEBHOOKS`: whether webhooks can be managed and are delivered to.
    package var webhooks = true
    /// `WEBHOOK_ALLOWED_NETWORKS`: ranges that webhooks may reach in production although they are not public.
    package var webhookAllowedNetworks: [AddressRange] = []
    /// `SECRETS_KEY`, with which the secrets of webhooks are encrypted in the store; `nil` stores them as they are.
    package var secretsKey: [UInt8]?
    /// `SHUTDOWN_GRACE_SECONDS`: how long a shutdown waits for connections to end.
    package var shutdownGrace = Duration.seconds(10)
    /// `SHUTDOWN_DELAY_SECONDS`: how long a shutdown goes on serving all requests, while it reports not to be ready.
    package var shutdownDelay = Duration.seconds(1)
    /// `MAX_CONNECTIONS`; `nil` is as many as the limit of file descriptors allows.
    package var maxConnections: Int?
    /// `AUDIT`: whether the stored data is checked all the time.
    package var audits = false
    /// `AUDIT_CORE_PERCENT`: the share of a core that the audit may take.
    package var auditPercent = 1
    /// `LOG_LEVEL`.
    package var logLevel = Logger.Level.info
    /// `LOG_FORMAT`.
    package var logFormat = LogFormat.text
    /// `LOG_REQUESTS`: whether each request is logged.
    package var logRequests = false
    /// `STARTUP_TIMEOUT_SECONDS`: how long the start waits for a store that cannot be reached.
    package var startupTimeout = Duration.seconds(30)

    /// Creates the defaults of development.
    package init() {}
}

/// The kind of deployment (`APP_ENV`), on which some defaults depend.
package enum AppEnvironment: String, CaseIterable, Sendable {
    case development
    case test
    case production
}

/// The database to use (`DATABASE_URL`).
package enum DatabaseSetting: Hashable, Sendable {
    /// A file, which is created when it does not exist.
    case sqlite(path: String)
    /// A database in memory, which ends with the process.
    case sqliteMemory
    /// A connection URI of libpq.
    case postgres(url: String)
}

/// The error for variables that stop the start, with a line for each.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible, Sendable {
    /// The lines, none of which contains a value.
    package let lines: [String]

    /// All lines.
    package var description: String { lines.joined(separator: "\n") }
}

extension ServiceConfiguration {
    /// Returns a logger of the configured level and format, with the times of `clock`.
    package func makeLogger(label: String, clock: any WallClock) -> Logger {
        Logger(label: label) { [logLevel, logFormat] label in
            LineLogHandler(label: label, level: logLevel, format: logFormat, now: { clock.now() })
        }
    }
}

extension ServiceConfiguration {
    /// Which URLs and addresses webhooks may have.
    package var webhookRules: WebhookAddressRules {
        WebhookAddressRules(isProduction: environment == .production, allowed: webhookAllowedNetworks)
    }

    /// The part that the HTTP API uses.
    package var http: HTTPOptions {
        var options = HTTPOptions()
        options.frontendOrigins = frontendOrigins
        options.customerAccess = customerAccess
        options.initialStatus = initialStatus
        options.reminderPlan = reminderPlan
        options.eventRetention = eventRetention
        options.cacheTTL = cacheTTL
        options.rateLimit = rateLimit
        options.webhooks = webhooks
        options.webhookRules = webhookRules
        options.secretsKey = secretsKey
        options.servesTestPages = environment == .development
        return options
    }
}
