import Bookings
import Dispatch
import Glibc
import Synchronization

/// One connection to the database with a thread of its own.
///
/// Callers on any thread submit requests. The connection's thread, which alone calls libpq, takes what waits, sends it
/// in one round trip and completes the requests (see `PostgresConnection+Thread.swift`). The decisions are made by
/// `RequestQueue`, `PipelineState` and `ReconnectState`; this class and its thread perform them.
final class PostgresConnection: Sendable {
    static let cannotBeReached = PostgresError.lost("the database cannot be reached")

    let url: String
    let role: ConnectionRole
    let health: PostgresHealth
    /// Returns a random number from 0 to 1 for each delay before a new connection.
    let jitter: @Sendable () -> Double
    let queue = Mutex(RequestQueue())
    let wakeUpPipe = WakeUpPipe()

    /// Starts the thread, which connects at once and again after each loss until `stop` is called.
    init(url: String, role: ConnectionRole, health: PostgresHealth, jitter: @escaping @Sendable () -> Double) {
        self.url = url
        self.role = role
        self.health = health
        self.jitter = jitter
        startThread()
    }

    /// Queues a request; returns `false` when too many wait or the connection is stopped.
    func submit(_ request: StatementRequest) -> Bool {
        switch queue.withLock({ $0.submit(request) }) {
        case .none: break
        case .reject: return false
        case .wakeThread: wakeUpPipe.wake()
        case .startTimer(let instant): startTimer(instant)
        }
        return true
    }

    /// Replaces the connection by a new one, because another server may be the primary by now. What is in flight is
    /// sent again.
    func reconnect() {
        queue.withLock { $0.requestReconnect() }
        wakeUpPipe.wake()
    }

    /// Ends the thread; requests that wait fail.
    func stop() {
        queue.withLock { $0.stop() }
        wakeUpPipe.wake()
    }

    /// Fails the requests in the queue whose callers have given up.
    func failExpired(_ error: PostgresError) {
        let expired = queue.withLock { $0.removeExpired(at: .now) }
        for request in expired { request.complete(.failure(error)) }
    }

    /// libpq looks up names, tries one server after the other and waits for each, for seconds. Meanwhile a timer fails
    /// the requests that expire.
    func startTimer(_ instant: ContinuousClock.Instant) {
        let delay = max(0, (instant - .now).wholeMilliseconds + 1)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(delay))) { [weak self] in
            guard let self else { return }
            failExpired(Self.cannotBeReached)
            if let next = queue.withLock({ $0.timerFired(instant) }) { startTimer(next) }
        }
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
                Unmanaged<PostgresConnection>.fromOpaque(context).takeRetainedValue().runThread()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "The system has no thread left for a database connection.")
        pthread_attr_destroy(&attributes)
    }
}
