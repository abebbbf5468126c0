import DequeModule

/// The requests that wait for a connection's thread, and what that thread does meanwhile.
///
/// A pure state behind the connection's lock: callers on any thread submit, the connection's thread takes. It reads no
/// clock.
struct RequestQueue {
    typealias Instant = ContinuousClock.Instant

    /// What the connection's thread does, as far as a caller must know to wake it.
    enum ThreadState: Hashable, Sendable {
        /// It looks at the queue before it sleeps. Exits: `asleep`, `connecting`.
        case awake
        /// It is inside libpq, which may take seconds and checks no deadline: a timer does. Exit: `awake`.
        case connecting
        /// It sleeps until an instant (`nil`: until it is woken). While it takes no requests because all its
        /// transactions are in flight, results wake it. Exits: `awake`, `connecting`.
        case asleep(until: Instant?, takesRequests: Bool)
    }

    /// What the caller of `submit` has to do.
    enum SubmitAction: Hashable, Sendable {
        case none
        /// The queue is full, or the connection is stopped.
        case reject
        case wakeThread
        /// Call `timerFired` at the instant.
        case startTimer(Instant)
    }

    /// Whether the connection's thread may sleep.
    enum SleepAction: Hashable, Sendable {
        case stayAwake
        /// `nil` means until it is woken.
        case sleep(until: Instant?)
    }

    /// More requests than this are rejected: they would expire in the queue.
    static let maximumCount = 10_000

    private(set) var isStopped = false
    /// The connection is to be replaced by a new one.
    private(set) var needsReconnect = false
    private(set) var threadState = ThreadState.awake
    private var waiting: Deque<StatementRequest> = []
    /// Each has a `notBefore`.
    private var postponed: [StatementRequest] = []
    /// No request's deadline is earlier; `nil` means that there is none. It may be earlier than all deadlines.
    private var earliestDeadline: Instant?
    /// When the timer fires that stands in for a thread inside libpq; `nil` means that none is set.
    private var timer: Instant?

    /// Whether the thread has to leave its connection.
    var endsConnection: Bool { isStopped || needsReconnect }

    // MARK: - Any thread

    mutating func submit(_ request: StatementRequest) -> SubmitAction {
        guard waiting.count < Self.maximumCount, !isStopped else { return .reject }
        waiting.append(request)
        noteDeadline(of: request)
        switch threadState {
        case .awake: return .none
        case .connecting: return nextTimer().map { .startTimer($0) } ?? .none
        case .asleep(let until, let takesRequests):
            let isFirst = takesRequests && waiting.count == 1
            return isFirst || until.map { request.deadline < $0 } ?? true ? .wakeThread : .none
        }
    }

    mutating func stop() {
        isStopped = true
    }

    mutating func requestReconnect() {
        needsReconnect = true
    }

    /// Returns when the next timer has to fire; `nil` means that none is needed.
    mutating func timerFired(_ instant: Instant) -> Instant? {
        if let timer, timer <= instant { self.timer = nil }
        return threadState == .connecting ? nextTimer() : nil
    }

    /// Removes and returns the requests whose callers have given up.
    mutating func removeExpired(at now: Instant) -> [StatementRequest] {
        guard let earliestDeadline, earliestDeadline <= now else { return [] }
        let expired = (Array(waiting) + postponed).filter { $0.deadline <= now }
        waiting.removeAll { $0.deadline <= now }
        postponed.removeAll { $0.deadline <= now }
        self.earliestDeadline = [waiting.lazy.map(\.deadline).min(), postponedDeadline].compactMap { $0 }.min()
        return expired
    }

    // MARK: - The connection's thread

    /// Notes that the thread is inside libpq from now on; returns when a timer has to fire, `nil` means that none is
    /// needed.
    mutating func beginConnecting() -> Instant? {
        threadState = .connecting
        needsReconnect = false
        return nextTimer()
    }

    mutating func endConnecting() {
        threadState = .awake
    }

    /// Removes and returns up to `limit` requests, the oldest first.
    mutating func take(_ limit: Int, at now: Instant) -> [StatementRequest] {
        threadState = .awake
        if !postponed.isEmpty {
            waiting += postponed.filter { $0.isDue(at: now) }
            postponed.removeAll { $0.isDue(at: now) }
        }
        let taken = Array(waiting.prefix(limit))
        waiting.removeFirst(taken.count)
        if waiting.isEmpty { earliestDeadline = postponedDeadline }
        return taken
    }

    /// Puts failed requests back: `again` to the front in their order, `later` until they are due.
    mutating func putBack(_ again: [StatementRequest], later: [StatementRequest]) {
        for request in again.reversed() { waiting.prepend(request) }
        postponed += later
        for request in again + later { noteDeadline(of: request) }
    }

    /// Decides how long the thread may sleep.
    ///
    /// - Parameter instant: when the thread has something to do without a request; `nil` means never.
    mutating func sleep(until instant: Instant?, takesRequests: Bool) -> SleepAction {
        if takesRequests, !waiting.isEmpty || endsConnection { return .stayAwake }
        // The next deadline to check, or the next postponed request to send.
        let own = postponed.compactMap(\.notBefore).reduce(earliestDeadline) { min($0 ?? $1, $1) }
        let end = [instant, own].compactMap { $0 }.min()
        threadState = .asleep(until: end, takesRequests: takesRequests)
        return .sleep(until: end)
    }

    /// Removes and returns all requests.
    mutating func removeAll() -> [StatementRequest] {
        defer { (waiting, postponed, earliestDeadline) = ([], [], nil) }
        return Array(waiting) + postponed
    }

    // MARK: - Deadlines

    private var postponedDeadline: Instant? { postponed.map(\.deadline).min() }

    private mutating func noteDeadline(of request: StatementRequest) {
        earliestDeadline = min(earliestDeadline ?? request.deadline, request.deadline)
    }

    /// Sets a timer for the earliest deadline unless one fires before.
    private mutating func nextTimer() -> Instant? {
        guard let earliestDeadline, timer.map({ earliestDeadline < $0 }) ?? true else { return nil }
        timer = earliestDeadline
        return earliestDeadline
    }
}

extension StatementRequest {
    fileprivate func isDue(at now: ContinuousClock.Instant) -> Bool { notBefore.map { $0 <= now } ?? true }
}
