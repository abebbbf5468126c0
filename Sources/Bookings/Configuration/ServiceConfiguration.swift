import Logging

/// How the service is set up. Read once, at the start.
public struct ServiceConfiguration: Sendable {
    public var port = 3000
    public var host = "127.0.0.1"
    public var environment = AppEnvironment.development
    public var database = DatabaseSetting.sqlite(path: "./data/bookings.sqlite")
    /// Nil: cache and event bus live in this process.
    public var redisURL: String?
    public var migrateOnStart = true
    /// Nil: none was given. Development makes one at the start.
    public var jwtSecret: [UInt8]?
    public var jwksURL: String?
    public var jwksFile: String?
    public var jwtIssuer: String?
    public var jwtAudience: String?
    public var frontendOrigins = ["http://localhost:3001"]
    public var customerAccess = CustomerAccess.create
    public var initialStatus = BookingStatus.confirmed
    public var reminderPlan = ReminderPlan(leads: [.seconds(600)])
    public var eventRetention = Duration.seconds(604_800)
    /// Zero: no cache.
    public var cacheTTL = Duration.seconds(30)
    public var socketIOAnonymous = true
    public var socketIOStateRecovery = false
    /// Nil: no limit.
    public var rateLimit: RateLimit?
    /// How long a shutdown waits for connections to end by themselves.
    public var shutdownGrace = Duration.seconds(10)
    /// Nil: as many as the limit of descriptors allows.
    public var maxConnections: Int?
    public var logLevel = Logger.Level.info
    public var logFormat = LogFormat.text

    /// How long the start waits for a store that cannot be reached.
    public var startupTimeout = Duration.seconds(30)

    /// The defaults of development.
    public init() {}
}

/// `APP_ENV`.
public enum AppEnvironment: String, CaseIterable, Sendable {
    case development
    case test
    case production
}

/// `DATABASE_URL`.
public enum DatabaseSetting: Hashable, Sendable {
    case sqlite(path: String)
    case sqliteMemory
    case postgres(url: String)
}

/// Every value that stops the start, a line each.
public struct ConfigurationFaults: Error, Hashable, CustomStringConvertible, Sendable {
    public let lines: [String]

    public var description: String { lines.joined(separator: "\n") }
}

extension ServiceConfiguration {
    /// A logger of the configured level and format, with times of the clock.
    public func makeLogger(label: String, clock: any WallClock) -> Logger {
        Logger(label: label) { [logLevel, logFormat] label in
            LineLogHandler(label: label, level: logLevel, format: logFormat, now: { clock.now() })
        }
    }
}
