import Bookings

/// A caller's statement on its way through a connection: queued, sent, perhaps sent again, completed once.
///
/// A request is copied several times on its way. It consists of two references, because copying the instants and arrays
/// themselves took as long as all the rest (measured: 0.5 µs a request).
struct StatementRequest: Sendable {
    /// What the database is asked to do.
    enum Work: Sendable {
        /// A statement that is sent as it is, with its parameters.
        case statement(PostgresStatement, [String?])
        /// A lookup, sent together with others of the same statement.
        case lookup(BatchedLookup)
        /// A write, sent together with others that touch other rows.
        case write(WriteColumns)
    }

    /// What becomes of a request that failed.
    enum RetryAction: Hashable, Sendable {
        /// The caller gets the error.
        case fail
        /// The request goes to the front of the queue.
        case sendAgain
        /// The request waits until `notBefore` while others go first.
        case postpone
    }

    /// How often a request is sent at most.
    static let maximumAttempts = 8
    /// How long a write waits for a row that another transaction has locked.
    static let rowLockTimeout = Duration.seconds(2)
    /// The interval at which a write looks again at a locked row.
    static let rowLockInterval = Duration.milliseconds(50)

    private let content: Content
    /// `nil` for a request that has not failed, as nearly all.
    private var failures: Failures?

    /// Creates a request.
    ///
    /// - Parameter completion: called once, on any thread. It must be short and must not block.
    init(
        work: Work, deadline: ContinuousClock.Instant,
        completion: @escaping @Sendable (Result<PostgresRows, PostgresError>) -> Void
    ) {
        content = Content(work, deadline, completion)
    }

    var work: Work { content.work }
    /// When the caller gives up.
    var deadline: ContinuousClock.Instant { content.deadline }
    /// The request is sent in a transaction of its own because the one that it shared has failed.
    var isIsolated: Bool { failures?.isIsolated ?? false }
    /// The request is not sent before this instant; `nil` means at once.
    var notBefore: ContinuousClock.Instant? { failures?.notBefore }

    /// Gives the caller its result.
    func complete(_ result: Result<PostgresRows, PostgresError>) {
        content.completion(result)
    }

    /// Decides whether a failed request is sent again, which every statement of this service may be.
    mutating func retry(after error: PostgresError, at now: ContinuousClock.Instant) -> RetryAction {
        if error == .rowLocked { return waitForRow(at: now) }
        let attempts = (failures?.attempts ?? 0) + 1
        guard error.isRetryable, attempts <= Self.maximumAttempts, now < deadline else { return .fail }
        let isIsolated = if case .transient = error { true } else { self.isIsolated }
        failures = Failures(attempts, isIsolated: isIsolated, rowLockDeadline: failures?.rowLockDeadline)
        return .sendAgain
    }

    private mutating func waitForRow(at now: ContinuousClock.Instant) -> RetryAction {
        let end = failures?.rowLockDeadline ?? now + Self.rowLockTimeout
        guard now < min(end, deadline) else { return .fail }
        failures = Failures(
            failures?.attempts ?? 0, isIsolated: isIsolated, notBefore: now + Self.rowLockInterval, rowLockDeadline: end
        )
        return .postpone
    }
}

extension StatementRequest {
    /// What the caller gave; it never changes.
    private final class Content: Sendable {
        let work: Work
        let deadline: ContinuousClock.Instant
        let completion: @Sendable (Result<PostgresRows, PostgresError>) -> Void

        init(
            _ work: Work, _ deadline: ContinuousClock.Instant,
            _ completion: @escaping @Sendable (Result<PostgresRows, PostgresError>) -> Void
        ) {
            (self.work, self.deadline, self.completion) = (work, deadline, completion)
        }
    }

    /// What the failed attempts have left; replaced by each.
    private final class Failures: Sendable {
        let attempts: Int
        let isIsolated: Bool
        let notBefore: ContinuousClock.Instant?
        /// When the request stops waiting for a locked row; `nil` means that it has met none.
        let rowLockDeadline: ContinuousClock.Instant?

        init(
            _ attempts: Int, isIsolated: Bool, notBefore: ContinuousClock.Instant? = nil,
            rowLockDeadline: ContinuousClock.Instant?
        ) {
            (self.attempts, self.isIsolated) = (attempts, isIsolated)
            (self.notBefore, self.rowLockDeadline) = (notBefore, rowLockDeadline)
        }
    }
}
