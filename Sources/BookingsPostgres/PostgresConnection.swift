import Bookings
import CPostgres
import DequeModule
import Dispatch
import Glibc
import Synchronization

/// One connection with its thread: it sends what waits, many statements to a round trip, and reads what comes.
///
/// The thread alone touches libpq. It sleeps in `poll` on the socket and on a descriptor by which `submit` wakes it.
final class PostgresConnection: Sendable {
    /// How jobs go out: those that waited together make a batch, which ends with a sync.
    struct Mode: Sendable {
        let kind: PipelineState.Kind
        /// The most jobs of a batch.
        let batch: Int
        /// The most batches under way.
        let batches: Int
        /// Of the server, for this connection.
        var settings = ConnectionSettings([])

        /// One batch is being answered while the next one is already there: the database never waits for this process,
        /// and what comes meanwhile gathers.
        ///
        /// Planning these statements costs more than running them: they are planned once, and the plan must be right for
        /// large tables although it may be made when they are empty.
        static let reads = Mode(
            kind: .reads, batch: 256, batches: 2,
            settings: ConnectionSettings([("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")]))
        /// A lock that another transaction holds stops all that goes through the connection: writes take the rows of
        /// bookings without waiting, and nothing else waits for long.
        static let writes = Mode(
            kind: .writes, batch: 64, batches: 2, settings: ConnectionSettings([("lock_timeout", "2000")]))
        /// A list is worth a message of its own.
        static let lists = Mode(kind: .reads, batch: 8, batches: 8)
    }

    private enum Activity {
        /// It looks at the jobs before it sleeps.
        case awake
        /// Nil: until it is woken. With all batches under way it takes no jobs; answers wake it.
        case asleep(until: ContinuousClock.Instant?, takesJobs: Bool)
    }

    private struct Inbox {
        var jobs: Deque<StatementRequest> = []
        /// Each has a `notBefore`.
        var postponed: [StatementRequest] = []
        /// No job's deadline is before this; nil: there is none.
        var earliest: ContinuousClock.Instant?
        var isStopping = false
        /// The connection is to be given up for a new one, as soon as the thread sees it.
        var mustReconnect = false
        var thread = Activity.awake
        /// The thread is within libpq, where it looks at no deadline.
        var isConnecting = false
        /// When a timer finishes what has expired in its place; nil: none is set.
        var timer: ContinuousClock.Instant?

        /// When the next postponed job goes out, or the next one that waits expires.
        var nextEvent: ContinuousClock.Instant? {
            postponed.compactMap(\.notBefore).reduce(earliest) { min($0 ?? $1, $1) }
        }

        /// When a timer must be set while the thread is within libpq; nil: there is nothing to expire, or one is set.
        mutating func mustSetTimer() -> ContinuousClock.Instant? {
            guard isConnecting, let earliest, timer.map({ earliest < $0 }) ?? true else { return nil }
            timer = earliest
            return earliest
        }

        mutating func takeDue(at now: ContinuousClock.Instant) {
            guard !postponed.isEmpty else { return }
            for job in postponed where job.notBefore.map({ $0 <= now }) ?? true {
                job.notBefore = nil
                jobs.append(job)
            }
            postponed.removeAll { $0.notBefore == nil }
        }

        /// Whether the thread must be woken for the job that came last.
        func mustWake(for job: StatementRequest) -> Bool {
            guard case .asleep(let until, let takesJobs) = thread else { return false }
            return takesJobs && jobs.count == 1 || until.map { job.deadline < $0 } ?? true
        }

        /// Takes out the jobs whose callers have given up.
        mutating func takeExpired(at now: ContinuousClock.Instant) -> [StatementRequest] {
            guard let earliest, earliest <= now else { return [] }
            let expired = (Array(jobs) + postponed).filter { $0.deadline <= now }
            jobs.removeAll { $0.deadline <= now }
            postponed.removeAll { $0.deadline <= now }
            updateEarliest()
            return expired
        }

        mutating func updateEarliest() {
            earliest = (jobs.lazy.map(\.deadline).min()).map { min($0, postponedEarliest ?? $0) } ?? postponedEarliest
        }

        private var postponedEarliest: ContinuousClock.Instant? {
            postponed.map(\.deadline).min()
        }
    }

    static let mostWaiting = 10_000

    private let url: String
    private let mode: Mode
    private let condition: PostgresCondition
    /// 0 to 1, drawn for each wait before a reconnect.
    private let jitter: @Sendable () -> Double
    private let inbox = Mutex(Inbox())
    /// A pipe's two ends.
    private let (sleeper, waker): (Int32, Int32)

    deinit {
        close(sleeper)
        close(waker)
    }

    init(url: String, mode: Mode, condition: PostgresCondition, jitter: @escaping @Sendable () -> Double) {
        self.url = url
        self.mode = mode
        self.condition = condition
        self.jitter = jitter
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0, "The system has no file descriptor left for a connection's thread.")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (sleeper, waker) = (ends[0], ends[1])
        startThread()
    }

    /// Takes the job; false when too many wait.
    func submit(_ job: StatementRequest) -> Bool {
        let (mustWake, timer) = inbox.withLock { inbox -> (Bool?, ContinuousClock.Instant?) in
            guard inbox.jobs.count < Self.mostWaiting, !inbox.isStopping else { return (nil, nil) }
            inbox.jobs.append(job)
            inbox.earliest = min(inbox.earliest ?? job.deadline, job.deadline)
            return (inbox.mustWake(for: job), inbox.mustSetTimer())
        }
        if mustWake == true { ring() }
        if let timer { setTimer(timer) }
        return mustWake != nil
    }

    /// Gives the connection up for a new one: another server may be the primary by now. What is under way is sent again.
    func reconnect() {
        inbox.withLock { $0.mustReconnect = true }
        ring()
    }

    /// Ends the thread; what waits fails.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        ring()
    }

    private func ring() {
        var byte: UInt8 = 1
        _ = write(waker, &byte, 1)
    }

    private func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 * 1024)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<PostgresConnection>.fromOpaque(context).takeRetainedValue().live()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "The system gives no thread for a connection.")
        pthread_attr_destroy(&attributes)
    }

    // MARK: - On the thread

    private func live() {
        var failures = 0
        // Once true it stays: a pooler may hand the server's own name through.
        var isPooled = false
        while !inbox.withLock(\.isStopping) {
            var session = PipelineState(mode.kind)
            var loss: PostgresError?
            do throws(PostgresError) {
                let handle = try connect()
                isPooled = try greet(handle) || isPooled
                condition.connected(self)
                session = PipelineState(mode.kind, opening: isPooled ? mode.settings.opening : nil)
                try serve(handle, &session)
            } catch {
                loss = error
            }
            session.end { retry($0, after: $1) }
            guard let loss else { continue }
            if case .unprepared = loss { isPooled = true }
            failures = session.hasAnswered ? 1 : failures + 1
            condition.lost(self, loss)
            rest(beforeAttempt: failures, after: loss)
        }
        let left = inbox.withLock { inbox in
            defer { (inbox.jobs, inbox.postponed) = ([], []) }
            return Array(inbox.jobs) + inbox.postponed
        }
        for job in left { job.finish(.failure(.lost("the connection is closed"))) }
    }

    /// libpq looks up names, tries one server after the other and waits for each, for seconds: meanwhile a timer tells
    /// those who wait no longer.
    private func connect() throws(PostgresError) -> PostgresHandle {
        let timer = inbox.withLock { inbox in
            inbox.isConnecting = true
            inbox.mustReconnect = false
            return inbox.mustSetTimer()
        }
        if let timer { setTimer(timer) }
        defer { inbox.withLock { $0.isConnecting = false } }
        return try PostgresHandle(url: url)
    }

    private func setTimer(_ instant: ContinuousClock.Instant) {
        let wait = max(0, (instant - .now).wholeMilliseconds + 1)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(wait))) { [weak self] in
            guard let self else { return }
            finishExpired(.lost(Self.cannotBeReached))
            let next = inbox.withLock { inbox in
                if inbox.timer.map({ $0 <= instant }) ?? false { inbox.timer = nil }
                return inbox.mustSetTimer()
            }
            if let next { setTimer(next) }
        }
    }

    /// Makes the session's settings; true: a pooler stands between, so that they do not last.
    private func greet(_ handle: borrowing PostgresHandle) throws(PostgresError) -> Bool {
        try handle.sendUnnamed(mode.settings.greeting.sql, ["\(handle.serverProcess)"])
        try handle.sync()
        let deadline = ContinuousClock.now + PipelineState.longestStatement
        var lasts: Bool?
        while !inbox.withLock(\.isStopping) {
            wait(for: handle.socket, alsoToWrite: try !handle.flush(), until: deadline, takingJobs: false)
            finishExpired(.lost(Self.cannotBeReached))
            try handle.consume()
            while !handle.isBusy {
                guard let result = handle.result() else { continue }
                switch try Self.greetingAnswer(result) {
                case .settings(let last): lasts = last
                case .end: return !(lasts ?? false)
                }
            }
            if ContinuousClock.now >= deadline { throw .lost("the server did not answer in time") }
        }
        throw .lost("the connection is closed")
    }

    private enum GreetingAnswer {
        case settings(last: Bool)
        case end
    }

    private static func greetingAnswer(_ result: consuming PostgresResult) throws(PostgresError) -> GreetingAnswer {
        switch result.kind {
        case .rows: return .settings(last: PostgresRows(result).first?.flag(0) ?? false)
        case .failed(let fault): throw fault
        case .aborted: return .settings(last: false)
        case .sync: return .end
        }
    }

    /// Returns when the connection is to end or to be replaced.
    private func serve(_ handle: borrowing PostgresHandle, _ session: inout PipelineState) throws(PostgresError) {
        while !inbox.withLock({ $0.isStopping || $0.mustReconnect }) {
            try sendWaiting(handle, &session)
            let isFlushed = try handle.flush()
            wait(
                for: handle.socket, alsoToWrite: !isFlushed, until: session.deadline,
                takingJobs: session.batches < mode.batches)
            try handle.consume()
            while !session.isEmpty, !handle.isBusy {
                guard let result = handle.result() else { continue }
                session.take(result) { retry($0, after: $1) }
                if mode.kind == .writes, let outcome = session.takeOutcome() { condition.note(outcome) }
                if let farewell = session.farewell { throw farewell }
            }
            // Also while all batches are under way and no job is taken.
            finishExpired(.tooLate("the statement waited too long for the database"))
            session.letGo(at: .now)
            if session.isOverdue(at: .now) { throw .lost("a statement was not answered in time") }
        }
    }

    private static let cannotBeReached = "the database cannot be reached"

    private func finishExpired(_ fault: PostgresError) {
        let expired = inbox.withLock { $0.takeExpired(at: .now) }
        for job in expired { job.finish(.failure(fault)) }
    }

    private func sendWaiting(
        _ handle: borrowing PostgresHandle, _ session: inout PipelineState
    ) throws(PostgresError) {
        while session.batches < mode.batches {
            let jobs = takeWaiting(atMost: mode.batch)
            if jobs.isEmpty { return }
            try send(StatementBatch.packing(jobs), handle, &session)
        }
    }

    private func send(
        _ parcels: [StatementBatch], _ handle: borrowing PostgresHandle, _ session: inout PipelineState
    ) throws(PostgresError) {
        for (index, parcel) in parcels.enumerated() {
            let endsBatch = index == parcels.count - 1 || parcel.isAlone || parcels[index + 1].isAlone
            do {
                try session.send(parcel, endingBatch: endsBatch, on: handle)
            } catch {
                // The session has this one; those behind it still wait.
                for job in parcels[(index + 1)...].flatMap(\.jobs).reversed() { retry(job, after: error) }
                throw error
            }
        }
    }

    private func takeWaiting(atMost room: Int) -> [StatementRequest] {
        finishExpired(.tooLate("the statement waited too long for the database"))
        return inbox.withLock { inbox -> [StatementRequest] in
            inbox.thread = .awake
            inbox.takeDue(at: .now)
            let taken = Array(inbox.jobs.prefix(room))
            inbox.jobs.removeFirst(taken.count)
            if inbox.jobs.isEmpty { inbox.updateEarliest() }
            return taken
        }
    }

    /// A failed statement goes to the front again while that can help; every statement here may be sent twice.
    private func retry(_ job: StatementRequest, after fault: PostgresError) {
        if case .locked(StatementRequest.rowIsHeld) = fault { return postpone(job, after: fault) }
        job.attempts += 1
        let mayRetry = job.attempts <= StatementRequest.mostAttempts && ContinuousClock.now < job.deadline
        guard fault.isWorthAnotherTry, mayRetry else {
            return job.finish(.failure(fault))
        }
        if case .again = fault { job.isAlone = true }
        inbox.withLock { inbox in
            inbox.jobs.prepend(job)
            inbox.earliest = min(inbox.earliest ?? job.deadline, job.deadline)
        }
    }

    /// Lets others go first while a row is held.
    private func postpone(_ job: StatementRequest, after fault: PostgresError) {
        let now = ContinuousClock.now
        let until = job.lockedUntil ?? now + StatementRequest.lockPatience
        guard now < min(until, job.deadline) else { return job.finish(.failure(fault)) }
        job.lockedUntil = until
        job.notBefore = now + StatementRequest.lockPause
        inbox.withLock { inbox in
            inbox.postponed.append(job)
            inbox.earliest = min(inbox.earliest ?? job.deadline, job.deadline)
        }
    }

    /// Waits longer from time to time, up to a second; what waits too long meanwhile is told so.
    private func rest(beforeAttempt attempt: Int, after fault: PostgresError) {
        let most = min(1000, 25 << min(attempt, 6))
        let milliseconds = Double(most) * (0.5 + jitter() / 2)
        let until = ContinuousClock.now + .milliseconds(Int64(milliseconds))
        while ContinuousClock.now < until, !inbox.withLock(\.isStopping) {
            wait(for: -1, alsoToWrite: false, until: until, takingJobs: false)
            finishExpired(fault)
        }
    }

    /// Sleeps until the socket has news, `ring`, the instant, or the deadline of a job that waits.
    private func wait(
        for socket: Int32, alsoToWrite: Bool, until instant: ContinuousClock.Instant?, takingJobs: Bool
    ) {
        let deadline = inbox.withLock { inbox -> ContinuousClock.Instant? in
            if takingJobs, !inbox.jobs.isEmpty || inbox.isStopping || inbox.mustReconnect { return .now }
            let until = [instant, inbox.nextEvent].compactMap { $0 }.min()
            inbox.thread = .asleep(until: until, takesJobs: takingJobs)
            return until
        }
        var descriptors = [
            pollfd(fd: sleeper, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN) | (alsoToWrite ? Int16(POLLOUT) : 0), revents: 0),
        ]
        let left = deadline.map { ($0 - .now).wholeMilliseconds + 1 }
        poll(&descriptors, 2, Int32(clamping: left.map { max(0, $0) } ?? -1))
        guard descriptors[0].revents != 0 else { return }
        var bytes: (UInt64, UInt64) = (0, 0)
        _ = read(sleeper, &bytes, 16)
    }
}
