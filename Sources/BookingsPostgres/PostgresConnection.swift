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
    /// How statements are committed.
    enum Mode: Sendable {
        /// Each by itself, up to this many under way.
        case reads(depth: Int)
        /// All that waited while the last commits ran are committed together.
        case writes(batch: Int)
    }

    private struct Inbox {
        var jobs: Deque<PostgresJob> = []
        var isStopping = false
    }

    static let mostWaiting = 10_000
    /// One batch is being committed while the next one is already there: the database never waits for this process.
    static let mostBatches = 2

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
        let waiting = inbox.withLock { inbox -> Int? in
            guard inbox.jobs.count < Self.mostWaiting, !inbox.isStopping else { return nil }
            inbox.jobs.append(job)
            return inbox.jobs.count
        }
        if waiting == 1 { ring() }
        return waiting != nil
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
            do throws(PostgresFault) {
                let handle = try PostgresHandle(url: url)
                failures = 0
                var session = PostgresSession()
                defer { session.end { retry($0, after: $1) } }
                try serve(handle, &session)
            } catch {
                failures += 1
                if failures == 1 {
                    logger.warning("A database connection is lost.", metadata: ["reason": "\(error)"])
                }
                rest(beforeAttempt: failures)
            }
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
            wait(for: handle.socket, alsoToWrite: !isFlushed, until: session.deadline)
            try handle.consume()
            while !session.isEmpty, !handle.isBusy {
                guard let result = handle.result() else { continue }
                session.take(result) { retry($0, after: $1) }
            }
            guard session.deadline.map({ $0 > .now }) ?? true else {
                throw .lost("a statement was not answered in time")
            }
        }
    }

    private func sendWaiting(
        _ handle: borrowing PostgresHandle, _ session: inout PostgresSession
    ) throws(PostgresFault) {
        let room =
            switch mode {
            case .reads(let depth): depth - session.count
            case .writes(let batch): session.batches < Self.mostBatches ? batch : 0
            }
        let jobs = takeWaiting(atMost: room)
        for (index, job) in jobs.enumerated() {
            let isLast: Bool
            switch mode {
            case .reads: isLast = true
            case .writes: isLast = index == jobs.count - 1 || job.isAlone || jobs[index + 1].isAlone
            }
            try session.send(job, endingBatch: isLast, on: handle)
        }
    }

    private func takeWaiting(atMost room: Int) -> [PostgresJob] {
        guard room > 0 else { return [] }
        let (expired, jobs) = inbox.withLock { inbox -> ([PostgresJob], [PostgresJob]) in
            let now = ContinuousClock.now
            let taken = Array(inbox.jobs.prefix(room))
            inbox.jobs.removeFirst(taken.count)
            return (taken.filter { $0.deadline <= now }, taken.filter { $0.deadline > now })
        }
        for job in expired { job.finish(.failure(.tooLate("the statement waited too long for the database"))) }
        return jobs
    }

    /// A failed statement goes to the front again while that can help; every statement here may be sent twice.
    private func retry(_ job: PostgresJob, after fault: PostgresFault) {
        var job = job
        job.attempts += 1
        let mayRetry = job.attempts <= PostgresJob.mostAttempts && ContinuousClock.now < job.deadline
        guard fault.isWorthAnotherTry, mayRetry else {
            return job.finish(.failure(fault))
        }
        if case .again = fault { job.isAlone = true }
        inbox.withLock { $0.jobs.prepend(job) }
    }

    /// Waits longer from time to time, up to a second; what waits too long meanwhile is told so.
    private func rest(beforeAttempt attempt: Int) {
        let most = min(1000, 25 << min(attempt, 6))
        let milliseconds = Double(most) * (0.5 + jitter() / 2)
        let until = ContinuousClock.now + .milliseconds(Int64(milliseconds))
        while ContinuousClock.now < until, !inbox.withLock(\.isStopping) {
            wait(for: -1, alsoToWrite: false, until: until)
        }
        let expired = inbox.withLock { inbox -> [PostgresJob] in
            let now = ContinuousClock.now
            defer { inbox.jobs.removeAll { $0.deadline <= now } }
            return inbox.jobs.filter { $0.deadline <= now }
        }
        for job in expired { job.finish(.failure(.lost("the database cannot be reached"))) }
    }

    private func wait(for socket: Int32, alsoToWrite: Bool, until deadline: ContinuousClock.Instant?) {
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
