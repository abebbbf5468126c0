import Logging
import Synchronization

/// The failures of something that the service depends on. Decides which of them begin or end an outage.
package struct Outage: Sendable {
    /// A change that is worth a log line.
    package enum Change: Hashable, Sendable {
        case begins(reason: String)
        case ends
    }

    /// A success ends an outage only this long after the last failure: on a disk that is almost full, small writes succeed
    /// between larger ones that fail.
    package static let quiet = Duration.seconds(10)

    /// The reason of the newest failure; `nil` without an outage.
    package private(set) var reason: String?
    private var lastFailure = Duration.zero

    /// Creates an outage that has not begun.
    package init() {}

    /// Takes a failure. `now`: a monotonic time. Returns `nil` when the outage had begun before.
    package mutating func fail(_ reason: String, at now: Duration) -> Change? {
        defer { self.reason = reason }
        lastFailure = now
        return self.reason == nil ? .begins(reason: reason) : nil
    }

    /// Takes a success that may be too small to prove that larger ones would follow. `now`: a monotonic time.
    package mutating func succeed(at now: Duration) -> Change? {
        reason != nil && now - lastFailure >= Self.quiet ? end() : nil
    }

    /// Takes a success that ends an outage at once.
    package mutating func end() -> Change? {
        defer { reason = nil }
        return reason == nil ? nil : .ends
    }
}

/// An outage that logs one line when it begins and one when it ends.
package final class LoggedOutage: Sendable {
    private let begins: Logger.Message
    private let ends: Logger.Message
    private let logger: Logger
    private let now: @Sendable () -> Duration
    private let outage = Mutex(Outage())

    /// Creates an outage that has not begun.
    ///
    /// - Parameters:
    ///   - begins: The message when it begins, a warning.
    ///   - ends: The message when it ends, a notice.
    ///   - now: Returns a monotonic time.
    package init(
        begins: Logger.Message, ends: Logger.Message, logger: Logger, now: @escaping @Sendable () -> Duration
    ) {
        self.begins = begins
        self.ends = ends
        self.logger = logger
        self.now = now
    }

    /// The reason of the newest failure; `nil` without an outage.
    package var reason: String? { outage.withLock(\.reason) }

    /// Takes a failure. `details`: what the log line gives instead of the reason.
    package func fail(_ reason: String, details: String? = nil) {
        guard case .begins? = outage.withLock({ $0.fail(reason, at: now()) }) else { return }
        logger.warning(begins, metadata: ["reason": "\(details ?? reason)"])
    }

    /// Takes a success that may be too small to prove that larger ones would follow.
    package func succeed() {
        if outage.withLock({ $0.succeed(at: now()) }) == .ends { logger.notice(ends) }
    }

    /// Takes a success that ends an outage at once.
    package func end() {
        if outage.withLock({ $0.end() }) == .ends { logger.notice(ends) }
    }
}
