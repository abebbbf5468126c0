import Bookings
import CPostgres
import DequeModule
import Glibc
import Logging
import Synchronization

/// One connection with its thread: it sends what waits, many statements to a round trip, and reads what comes.
///
/// The thread alone touches libpq. It sleeps in `poll` on the socket and on a descriptor by which `submit` wakes it.
final class PostgresConnection: Sendable {
    /// How jobs go out: those that waited together make a batch, which ends with a sync.
    struct Mode: Sendable {
        let kind: PostgresSession.Kind
        /// The most jobs of a batch.
        let batch: Int
        /// The most batches under way.
        let batches: Int
        /// Of the server, for this connection.
        var settings: [String] = []

        /// One batch is being answered while the next one is already there: the database never waits for this process,
        /// and what comes meanwhile gathers.
        ///
        /// Planning these statements costs more than running them: they are planned once, and the plan must be right for
        /// large tables although it may be made when they are empty.
        static let reads = Mode(
            kind: .reads, batch: 256, batches: 2,
            settings: ["plan_cache_mode=force_generic_plan", "enable_seqscan=off"])
        static let writes = Mode(kind: .writes, batch: 64, batches: 2)
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
        var jobs: Deque<PostgresJob> = []
        /// No job's deadline is before this; nil: there is none.
        var earliest: ContinuousClock.Instant?
        var isStopping = false
        var thread = Activity.awake

        /// Whether the thread must be woken for the job that came last.
        func mustWake(for job: PostgresJob) -> Bool {
            guard case .asleep(let until, let takesJobs) = thread else { return false }
            return takesJobs && jobs.count == 1 || until.map { job.deadline < $0 } ?? true
        }

        /// Takes out the jobs whose callers have given up.
        mutating func takeExpired(at now: ContinuousClock.Instant) -> [PostgresJob] {
            guard let earliest, earliest <= now else { return [] }
            let expired = Array(jobs.filter { $0.deadline <= now })
            jobs.removeAll { $0.deadline <= now }
            self.earliest = jobs.map(\.deadline).min()
            return expired
        }
    }

    static let mostWaiting = 10_000

    private let url: String
    private let mode: Mode
    private let logger: Logger
    /// 0 to 1, drawn for each wait before a reconnect.
    private let jitter: @Sendable () -> Double
    private let inbox = Mutex(Inbox())
    /// A pipe's two ends.
    private let (sleeper, waker): (Int32, Int32)

    deinit {
        close(sleeper)
        close(waker)
    }

    init(url: String, mode: Mode, logger: Logger, jitter: @escaping @Sendable () -> Double) {
        self.url = url
        self.mode = mode
        self.logger = logger
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
    func submit(_ job: PostgresJob) -> Bool {
        let mustWake = inbox.withLock { inbox -> Bool? in
            guard inbox.jobs.count < Self.mostWaiting, !inbox.isStopping else { return nil }
            inbox.jobs.append(job)
            inbox.earliest = min(inbox.earliest ?? job.deadline, job.deadline)
            return inbox.mustWake(for: job)
        }
        if mustWake == true { ring() }
        return mustWake != nil
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
        while !inbox.withLock(\.isStopping) {
            var session = PostgresSession(mode.kind)
            var loss: PostgresFault?
            do throws(PostgresFault) {
                try serve(PostgresHandle(url: url, settings: mode.settings), &session)
            } catch {
                loss = error
            }
            session.end { retry($0, after: $1) }
            guard let loss else { break }
            failures = session.hasAnswered ? 1 : failures + 1
            if failures == 1 {
                logger.warning("A database connection is lost.", metadata: ["reason": "\(loss)"])
            }
            rest(beforeAttempt: failures)
        }
        let left = inbox.withLock { inbox in
            defer { inbox.jobs = [] }
            return inbox.jobs
        }
        for job in left { job.finish(.failure(.lost("the connection is closed"))) }
    }

    private func serve(_ handle: borrowing PostgresHandle, _ session: inout PostgresSession) throws(PostgresFault) {
        while !inbox.withLock(\.isStopping) {
            try sendWaiting(handle, &session)
            let isFlushed = try handle.flush()
            wait(
                for: handle.socket, alsoToWrite: !isFlushed, until: session.deadline,
                takingJobs: session.batches < mode.batches)
            try handle.consume()
            while !session.isEmpty, !handle.isBusy {
                guard let result = handle.result() else { continue }
                session.take(result) { retry($0, after: $1) }
                if let farewell = session.farewell { throw farewell }
            }
            session.letGo(at: .now)
            if session.isOverdue(at: .now) { throw .lost("a statement was not answered in time") }
        }
    }

    private func sendWaiting(
        _ handle: borrowing PostgresHandle, _ session: inout PostgresSession
    ) throws(PostgresFault) {
        while session.batches < mode.batches {
            let jobs = takeWaiting(atMost: mode.batch)
            if jobs.isEmpty { return }
            try send(PostgresParcel.packing(jobs), handle, &session)
        }
    }

    private func send(
        _ parcels: [PostgresParcel], _ handle: borrowing PostgresHandle, _ session: inout PostgresSession
    ) throws(PostgresFault) {
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

    private func takeWaiting(atMost room: Int) -> [PostgresJob] {
        let (expired, jobs) = inbox.withLock { inbox -> ([PostgresJob], [PostgresJob]) in
            inbox.thread = .awake
            let expired = inbox.takeExpired(at: .now)
            let taken = Array(inbox.jobs.prefix(room))
            inbox.jobs.removeFirst(taken.count)
            if inbox.jobs.isEmpty { inbox.earliest = nil }
            return (expired, taken)
        }
        for job in expired { job.finish(.failure(.tooLate("the statement waited too long for the database"))) }
        return jobs
    }

    /// A failed statement goes to the front again while that can help; every statement here may be sent twice.
    private func retry(_ job: PostgresJob, after fault: PostgresFault) {
        job.attempts += 1
        let mayRetry = job.attempts <= PostgresJob.mostAttempts && ContinuousClock.now < job.deadline
        guard fault.isWorthAnotherTry, mayRetry else {
            return job.finish(.failure(fault))
        }
        if case .again = fault { job.isAlone = true }
        inbox.withLock { inbox in
            inbox.jobs.prepend(job)
            inbox.earliest = min(inbox.earliest ?? job.deadline, job.deadline)
        }
    }

    /// Waits longer from time to time, up to a second; what waits too long meanwhile is told so.
    private func rest(beforeAttempt attempt: Int) {
        let most = min(1000, 25 << min(attempt, 6))
        let milliseconds = Double(most) * (0.5 + jitter() / 2)
        let until = ContinuousClock.now + .milliseconds(Int64(milliseconds))
        while ContinuousClock.now < until, !inbox.withLock(\.isStopping) {
            wait(for: -1, alsoToWrite: false, until: until, takingJobs: false)
        }
        let expired = inbox.withLock { $0.takeExpired(at: .now) }
        for job in expired { job.finish(.failure(.lost("the database cannot be reached"))) }
    }

    /// Sleeps until the socket has news, `ring`, the instant, or the deadline of a job that waits.
    private func wait(
        for socket: Int32, alsoToWrite: Bool, until instant: ContinuousClock.Instant?, takingJobs: Bool
    ) {
        let deadline = inbox.withLock { inbox -> ContinuousClock.Instant? in
            if takingJobs, !inbox.jobs.isEmpty { return .now }
            let until = [instant, inbox.earliest].compactMap { $0 }.min()
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
