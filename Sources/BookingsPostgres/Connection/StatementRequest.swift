import Bookings

/// A caller's statement on its way through a connection: queued, sent, perhaps sent again, completed once.
struct StatementRequest: Sendable {
    /// What the database is asked to do.
    ///
    /// Indirect, because a request is copied on its way: a copy retains one reference instead of each array.
    indirect enum Work: Sendable {
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

    let work: Work
    /// When the caller gives up.
    let deadline: ContinuousClock.Instant
    /// The request is sent in a transaction of its own because the one that it shared has failed.
    private(set) var isIsolated: Bool
    /// The request is not sent before this instant; `nil` means at once.
    private(set) var notBefore: ContinuousClock.Instant?
    private let completion: @Sendable (Result<PostgresRows, PostgresError>) -> Void
    private var attempts = 0
    /// When the request stops waiting for a locked row; `nil` means that it has met none.
    private var rowLockDeadline: ContinuousClock.Instant?

    /// Creates a request.
    ///
    /// - Parameter completion: called once, on any thread. It must be short and must not block.
    init(
        work: Work, deadline: ContinuousClock.Instant, isIsolated: Bool = false,
        completion: @escaping @Sendable (Result<PostgresRows, PostgresError>) -> Void
    ) {
        self.work = work
        self.deadline = deadline
        self.isIsolated = isIsolated
        self.completion = completion
    }

    /// Gives the caller its result.
    func complete(_ result: Result<PostgresRows, PostgresError>) {
        completion(result)
    }

    /// Decides whether a failed request is sent again, which every statement of this service may be.
    mutating func retry(after error: PostgresError, at now: ContinuousClock.Instant) -> RetryAction {
        if error == .rowLocked { return waitForRow(at: now) }
        attempts += 1
        guard error.isRetryable, attempts <= Self.maximumAttempts, now < deadline else { return .fail }
        if case .transient = error { isIsolated = true }
        return .sendAgain
    }

    private mutating func waitForRow(at now: ContinuousClock.Instant) -> RetryAction {
        let end = rowLockDeadline ?? now + Self.rowLockTimeout
        guard now < min(end, deadline) else { return .fail }
        rowLockDeadline = end
        notBefore = now + Self.rowLockInterval
        return .postpone
    }
}
