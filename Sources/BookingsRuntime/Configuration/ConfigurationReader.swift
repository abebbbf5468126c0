import Bookings
import BookingsHTTP
import Logging

extension ServiceConfiguration {
    /// Reads the variables of the contract. The environment wins over `dotEnv`: what `DotEnv.parse` gave.
    ///
    /// Throws all faults at once; no line shows a secret's value.
    package static func read(
        environment: [String: String], dotEnv: [String: String] = [:]
    ) throws(ConfigurationError) -> ServiceConfiguration {
        let (configuration, faults) = reading(environment: environment, dotEnv: dotEnv)
        guard faults.isEmpty else { throw ConfigurationError(lines: faults) }
        return configuration
    }

    /// The same without throwing: what is faulty has its default, so that whoever opens files and addresses can add
    /// what is wrong with the others.
    package static func reading(
        environment: [String: String], dotEnv: [String: String] = [:]
    ) -> (configuration: ServiceConfiguration, faults: [String]) {
        var values = VariableReader(values: dotEnv.merging(environment) { $1 })
        let configuration = values.configuration()
        return (configuration, values.faults)
    }
}

extension VariableReader {
    fileprivate mutating func configuration() -> ServiceConfiguration {
        var result = ServiceConfiguration()
        result.environment = choice(text("APP_ENV") == nil ? "NODE_ENV" : "APP_ENV", or: .development)
        let isProduction = result.environment == .production
        result.port = number("PORT", in: 0...65_535, or: result.port)
        result.host = text("HOST") ?? result.host
        result.database = database() ?? result.database
        result.redisURL = url("REDIS_URL", schemes: ["redis", "rediss"])
        result.migrateOnStart = toggle("MIGRATE_ON_START", or: !isProduction)
        readKeys(into: &result)
        result.frontendOrigins = origins() ?? result.frontendOrigins
        result.customerAccess = choice("CUSTOMER_ACCESS", or: .create)
        result.initialStatus = initialStatus()
        result.reminderPlan = reminderPlan() ?? result.reminderPlan
        result.eventRetention = .seconds(number("EVENT_RETENTION_SECONDS", in: 1...3_155_760_000, or: 604_800))
        result.cacheTTL = .seconds(number("CACHE_TTL_SECONDS", in: 0...86_400, or: 30))
        result.socketIOAnonymous = toggle("SOCKETIO_ANONYMOUS", or: result.environment == .development)
        result.socketIOStateRecovery = toggle("SOCKETIO_STATE_RECOVERY", or: false)
        result.rateLimit = rateLimit(or: isProduction ? RateLimit(requests: 100, window: .seconds(60)) : nil)
        result.shutdownGrace = .seconds(number("SHUTDOWN_GRACE_SECONDS", in: 0...3600, or: 10))
        if text("MAX_CONNECTIONS") != nil {
            result.maxConnections = number("MAX_CONNECTIONS", in: 1...1_000_000, or: 1)
        }
        result.startupTimeout = .seconds(number("STARTUP_TIMEOUT_SECONDS", in: 0...86_400, or: 30))
        result.logLevel = logLevel()
        result.logFormat = choice("LOG_FORMAT", or: isProduction ? .json : .text)
        return result
    }

    private mutating func readKeys(into result: inout ServiceConfiguration) {
        result.jwksURL = url("JWT_JWKS_URL", schemes: ["http", "https"])
        result.jwksFile = text("JWT_JWKS_FILE")
        result.jwtIssuer = text("JWT_ISSUER")
        result.jwtAudience = text("JWT_AUDIENCE")
        // Every byte counts, blanks at its ends too.
        result.jwtSecret = values["JWT_SECRET"].flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        if let secret = result.jwtSecret, secret.count < 32 {
            fault("JWT_SECRET", "a secret of at least 32 bytes")
        }
        if result.environment == .production, result.jwtSecret == nil, result.jwksURL == nil, result.jwksFile == nil {
            fault(
                "JWT_SECRET", "a secret of at least 32 bytes, or JWT_JWKS_URL or JWT_JWKS_FILE; production needs a key")
        }
    }

    private mutating func database() -> DatabaseSetting? {
        guard let url = text("DATABASE_URL") else { return nil }
        if url == "sqlite::memory:" { return .sqliteMemory }
        if url.hasPrefix("sqlite:") {
            let path = String(url.dropFirst(7))
            if isFilePath(path) { return .sqlite(path: path) }
            fault(
                "DATABASE_URL",
                "sqlite:PATH with the path of a file, such as sqlite:./data/bookings.sqlite or "
                    + "sqlite:/var/lib/bookings/bookings.sqlite, without // and without parameters; or sqlite::memory:")
            return nil
        }
        if url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") { return .postgres(url: url) }
        fault("DATABASE_URL", "postgresql://…, sqlite:PATH or sqlite::memory:")
        return nil
    }

    /// False also for what SQLite or other libraries give a meaning of its own, so that no file is named
    /// `memory:` or `//host/name` by mistake.
    private func isFilePath(_ path: String) -> Bool {
        guard let first = path.utf8.first, let last = path.utf8.last else { return false }
        return first != UInt8(ascii: ":") && last != UInt8(ascii: "/") && !path.utf8.starts(with: "//".utf8)
            && !path.utf8.starts(with: "file:".utf8) && !path.utf8.contains(UInt8(ascii: "?"))
            && !path.unicodeScalars.contains(where: \.isControl)
    }

    /// As browsers serialise them.
    private mutating func origins() -> [String]? {
        guard let text = text("FRONTEND_URL") else { return nil }
        let parts = text.split(separator: ",").map { $0.trimmingSpaces }.filter { !$0.isEmpty }
        let origins = parts.compactMap { Origin($0)?.serialized.text }
        guard !origins.isEmpty, origins.count == parts.count else {
            fault(
                "FRONTEND_URL",
                "origins such as http://localhost:3001, comma separated: scheme, host and port, without a path or user; "
                    + "a host that is not ASCII may have to be written in Punycode")
            return nil
        }
        return origins
    }

    private mutating func initialStatus() -> BookingStatus {
        switch text("BOOKING_INITIAL_STATUS") {
        case nil, "confirmed": return .confirmed
        case "pending": return .pending
        default:
            fault("BOOKING_INITIAL_STATUS", "confirmed or pending")
            return .confirmed
        }
    }

    private mutating func reminderPlan() -> ReminderPlan? {
        guard let text = text("REMINDER_LEAD_MINUTES") else { return nil }
        let minutes = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingSpaces).map { part in
            part.allSatisfy { "0123456789.".contains($0) } ? Double(part) : nil
        }
        let leads = minutes.compactMap { $0 }.filter { (0...10_080).contains($0) }
        guard leads.count == minutes.count else {
            fault("REMINDER_LEAD_MINUTES", "minutes from 0 to 10080, decimals allowed; several comma separated")
            return nil
        }
        return ReminderPlan(leads: leads.map { .milliseconds(Int64(($0 * 60_000).rounded())) })
    }

    private mutating func rateLimit(or fallback: RateLimit?) -> RateLimit? {
        guard let text = text("RATE_LIMIT") else { return fallback }
        if text == "off" { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let requests = parts[0], let seconds = parts[1], requests > 0,
            (1...86_400).contains(seconds)
        else {
            fault("RATE_LIMIT", "REQUESTS/SECONDS such as 100/60, or off")
            return fallback
        }
        return RateLimit(requests: requests, window: .seconds(seconds))
    }

    private mutating func logLevel() -> Logger.Level {
        guard let text = text("LOG_LEVEL") else { return .info }
        if let level = Logger.Level(rawValue: text.lowercased()) { return level }
        if text.lowercased() == "warn" { return .warning }
        fault("LOG_LEVEL", Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        return .info
    }
}
