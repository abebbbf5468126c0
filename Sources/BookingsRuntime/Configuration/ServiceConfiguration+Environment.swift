import Bookings
import BookingsHTTP

extension ServiceConfiguration {
    /// Returns the configuration that the variables describe.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process, which win over those of the file.
    ///   - dotEnv: The variables of the `.env` file, see `DotEnv.parse`.
    /// - Throws: A `ConfigurationError` with a line for each invalid variable. No line contains a value.
    package static func read(
        environment: [String: String], dotEnv: [String: String] = [:]
    ) throws(ConfigurationError) -> ServiceConfiguration {
        let (configuration, errors) = reading(environment: environment, dotEnv: dotEnv)
        guard errors.isEmpty else { throw ConfigurationError(lines: errors) }
        return configuration
    }

    /// Returns the same without throwing, with defaults in place of invalid values, so that the caller can add the
    /// errors that show only when files and addresses are opened.
    package static func reading(
        environment: [String: String], dotEnv: [String: String] = [:]
    ) -> (configuration: ServiceConfiguration, errors: [String]) {
        var reader = VariableReader(environment: environment, dotEnv: dotEnv)
        let configuration = reader.configuration()
        return (configuration, reader.errors)
    }
}

extension VariableReader {
    /// Reads every variable. Some defaults depend on `APP_ENV`, which is therefore read first.
    fileprivate mutating func configuration() -> ServiceConfiguration {
        var result = ServiceConfiguration()
        result.environment = choice(string("APP_ENV") == nil ? "NODE_ENV" : "APP_ENV", default: .development)
        readServer(into: &result)
        readStores(into: &result)
        readKeys(into: &result)
        readBookingRules(into: &result)
        readWebhooks(into: &result)
        readLogging(into: &result)
        return result
    }

    private mutating func readServer(into result: inout ServiceConfiguration) {
        let isProduction = result.environment == .production
        result.port = integer("PORT", in: 0...65_535, default: result.port)
        result.host = string("HOST") ?? result.host
        result.replicaName = replicaName()
        result.tlsFiles = tlsFiles()
        result.frontendOrigins = origins() ?? result.frontendOrigins
        result.socketIOAnonymous = flag("SOCKETIO_ANONYMOUS", default: result.environment == .development)
        result.socketIOStateRecovery = flag("SOCKETIO_STATE_RECOVERY", default: false)
        result.rateLimit = rateLimit(default: isProduction ? RateLimit(requests: 100, window: .seconds(60)) : nil)
        result.shutdownGrace = seconds("SHUTDOWN_GRACE_SECONDS", in: 0...3600, default: result.shutdownGrace)
        result.shutdownDelay = seconds("SHUTDOWN_DELAY_SECONDS", in: 0...3600, default: result.shutdownDelay)
        if string("MAX_CONNECTIONS") != nil {
            result.maxConnections = integer("MAX_CONNECTIONS", in: 1...1_000_000, default: 1)
        }
    }

    private mutating func readStores(into result: inout ServiceConfiguration) {
        result.database = database() ?? result.database
        result.redisURL = url("REDIS_URL", schemes: ["redis", "rediss"])
        result.migrateOnStart = flag("MIGRATE_ON_START", default: result.environment != .production)
        result.eventRetention = seconds(
            "EVENT_RETENTION_SECONDS", in: 1...3_155_760_000, default: result.eventRetention)
        result.cacheTTL = seconds("CACHE_TTL_SECONDS", in: 0...86_400, default: result.cacheTTL)
        result.audits = flag("AUDIT", default: true)
        result.auditPercent = integer("AUDIT_CORE_PERCENT", in: 1...100, default: result.auditPercent)
        result.startupTimeout = seconds("STARTUP_TIMEOUT_SECONDS", in: 0...86_400, default: result.startupTimeout)
    }

    private mutating func readKeys(into result: inout ServiceConfiguration) {
        result.jwksURL = url("JWT_JWKS_URL", schemes: ["http", "https"])
        result.jwksFile = string("JWT_JWKS_FILE")
        result.jwtIssuer = string("JWT_ISSUER")
        result.jwtAudience = string("JWT_AUDIENCE")
        // Every byte of a secret counts, blanks at its ends too.
        result.jwtSecret = rawString("JWT_SECRET").map { Array($0.utf8) }
        if let secret = result.jwtSecret, secret.count < 32 {
            addError("JWT_SECRET", mustBe: "a secret of at least 32 bytes")
        }
        if result.environment == .production, result.jwtSecret == nil, result.jwksURL == nil, result.jwksFile == nil {
            addError(
                "JWT_SECRET",
                mustBe: "set to a secret of at least 32 bytes, unless JWT_JWKS_URL or JWT_JWKS_FILE is set: "
                    + "production needs a key")
        }
    }

    private mutating func readBookingRules(into result: inout ServiceConfiguration) {
        result.customerAccess = choice("CUSTOMER_ACCESS", default: .create)
        result.initialStatus = initialStatus()
        result.reminderPlan = reminderPlan() ?? result.reminderPlan
    }

    private mutating func readWebhooks(into result: inout ServiceConfiguration) {
        result.webhooks = flag("WEBHOOKS", default: true)
        result.webhookAllowedNetworks = addressRanges("WEBHOOK_ALLOWED_NETWORKS") ?? []
        result.secretsKey = rawString("SECRETS_KEY").map { Array($0.utf8) }
        if let key = result.secretsKey, key.count < 32 {
            addError("SECRETS_KEY", mustBe: "a secret of at least 32 bytes")
        }
    }

    private mutating func readLogging(into result: inout ServiceConfiguration) {
        result.logLevel = logLevel()
        result.logFormat = choice("LOG_FORMAT", default: result.environment == .production ? .json : .text)
        result.logRequests = flag("LOG_REQUESTS", default: false)
    }

    private mutating func seconds(_ name: String, in range: ClosedRange<Int>, default fallback: Duration) -> Duration {
        .seconds(integer(name, in: range, default: Int(fallback.components.seconds)))
    }
}
