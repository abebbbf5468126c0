import Logging
import Synchronization

/// Whether something that the service rests on fails, with the reason. Decides which changes are worth a log line.
package struct Outage: Sendable {
    package enum Change: Hashable, Sendable {
        case begins(reason: String)
        case ends
    }

    /// A success by itself ends an outage only this long after the last failure: on a disk that is almost full small
    /// writes pass between larger ones that fail.
    package static let quiet = Duration.seconds(10)

    /// Nil: it works. The newest reason while it fails.
    package private(set) var reason: String?
    private var lastFailure = Duration.zero

    package init() {}

    /// `now`: monotonic.
    package mutating func fail(_ reason: String, at now: Duration) -> Change? {
        defer { self.reason = reason }
        lastFailure = now
        return self.reason == nil ? .begins(reason: reason) : nil
    }

    /// Something succeeded that may be too small to prove that all is well.
    package mutating func succeed(at now: Duration) -> Change? {
        reason != nil && now - lastFailure >= Self.quiet ? end() : nil
    }

    /// It works again.
    package mutating func end() -> Change? {
        defer { reason = nil }
        return reason == nil ? nil : .ends
    }
}

/// An outage that logs one line when it begins and one when it ends, however often either is seen.
package final class LoggedOutage: Sendable {
    private let begins: Logger.Message
    private let ends: Logger.Message
    private let logger: Logger
    private let now: @Sendable () -> Duration
    private let outage = Mutex(Outage())

    /// `now`: monotonic.
    package init(
        begins: Logger.Message, ends: Logger.Message, logger: Logger, now: @escaping @Sendable () -> Duration
    ) {
        self.begins = begins
        self.ends = ends
        self.logger = logger
        self.now = now
    }

    /// Nil: it works.
    package var reason: String? { outage.withLock(\.reason) }

    /// `details`: for the log alone.
    package func fail(_ reason: String, details: String? = nil) {
        guard case .begins? = outage.withLock({ $0.fail(reason, at: now()) }) else { return }
        logger.warning(begins, metadata: ["reason": "\(details ?? reason)"])
    }

    package func succeed() {
        if outage.withLock({ $0.succeed(at: now()) }) == .ends { logger.notice(ends) }
    }

    package func end() {
        if outage.withLock({ $0.end() }) == .ends { logger.notice(ends) }
    }
}
