import Bookings
import BookingsHTTP
import Logging

/// How the service is set up. Read once, at the start.
package struct ServiceConfiguration: Sendable {
    package var port = 3000
    package var host = "127.0.0.1"
    package var environment = AppEnvironment.development
    package var database = DatabaseSetting.sqlite(path: "./data/bookings.sqlite")
    /// Nil: cache and event bus live in this process.
    package var redisURL: String?
    package var migrateOnStart = true
    /// Nil: none was given. Development makes one at the start.
    package var jwtSecret: [UInt8]?
    package var jwksURL: String?
    package var jwksFile: String?
    package var jwtIssuer: String?
    package var jwtAudience: String?
    package var frontendOrigins = ["http://localhost:3001"]
    package var customerAccess = CustomerAccess.create
    package var initialStatus = BookingStatus.confirmed
    package var reminderPlan = ReminderPlan(leads: [.seconds(600)])
    package var eventRetention = Duration.seconds(604_800)
    /// Zero: no cache.
    package var cacheTTL = Duration.seconds(30)
    package var socketIOAnonymous = true
    package var socketIOStateRecovery = false
    /// Nil: no limit.
    package var rateLimit: RateLimit?
    /// How long a shutdown waits for connections to end by themselves.
    package var shutdownGrace = Duration.seconds(10)
    /// Nil: as many as the limit of descriptors allows.
    package var maxConnections: Int?
    package var logLevel = Logger.Level.info
    package var logFormat = LogFormat.text

    /// How long the start waits for a store that cannot be reached.
    package var startupTimeout = Duration.seconds(30)

    /// The defaults of development.
    package init() {}
}

/// `APP_ENV`.
package enum AppEnvironment: String, CaseIterable, Sendable {
    case development
    case test
    case production
}

/// `DATABASE_URL`.
package enum DatabaseSetting: Hashable, Sendable {
    case sqlite(path: String)
    case sqliteMemory
    case postgres(url: String)
}

/// Every value that stops the start, a line each.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible, Sendable {
    package let lines: [String]

    package var description: String { lines.joined(separator: "\n") }
}

extension ServiceConfiguration {
    /// A logger of the configured level and format, with times of the clock.
    package func makeLogger(label: String, clock: any WallClock) -> Logger {
        Logger(label: label) { [logLevel, logFormat] label in
            LineLogHandler(label: label, level: logLevel, format: logFormat, now: { clock.now() })
        }
    }
}

extension ServiceConfiguration {
    /// The part that the HTTP interface reads.
    package var http: HTTPOptions {
        var options = HTTPOptions()
        options.frontendOrigins = frontendOrigins
        options.customerAccess = customerAccess
        options.initialStatus = initialStatus
        options.reminderPlan = reminderPlan
        options.eventRetention = eventRetention
        options.cacheTTL = cacheTTL
        options.rateLimit = rateLimit
        options.servesTestPages = environment == .development
        return options
    }
}
