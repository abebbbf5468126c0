import Bookings
import BookingsSQLite
import Logging

/// Why the service does not start; each line names what to change.
public struct StartRefused: Error, CustomStringConvertible {
    public let lines: [String]

    public init(_ lines: String...) {
        self.lines = lines
    }

    public var description: String { lines.joined(separator: "\n") }
}

/// Chooses the adapters that a configuration names. The only place that knows them all.
public struct Composition: Sendable {
    public let configuration: ServiceConfiguration
    public let clock: any WallClock
    public let identifiers: any IdentifierSource
    public let logger: Logger

    public init(
        configuration: ServiceConfiguration, clock: any WallClock = SystemClock(),
        identifiers: any IdentifierSource = SystemIdentifiers(), logger: Logger
    ) {
        self.configuration = configuration
        self.clock = clock
        self.identifiers = identifiers
        self.logger = logger
    }
}
