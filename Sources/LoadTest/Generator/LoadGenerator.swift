import Bookings
import NIOCore
import SimulationKit

/// A part of a load test on one event loop: its providers, its connections, its schedule and its measurements.
///
/// Nothing of it is shared with other loops: no request waits for a lock.
final class LoadGenerator: NIOScheduledCallbackHandler {
    let loop: any EventLoop
    let settings: LoadSettings
    /// How long after its creation a booking starts that can be completed; `nil` if none has to be.
    let soon: Duration?
    let timeout: TimeAmount
    let maximumInFlight: Int
    let clock: any WallClock
    let pool: ConnectionPool
    /// The providers of this part, in the order of their numbers.
    let providers: [ProviderState]
    var measures = LoadMeasures()
    var second = LoadSecond()

    // The step that runs.
    private var plan: LoadPlan.Iterator?
    private(set) var parts = 1
    private var next: LoadPlan.Arrival?
    private(set) var begin = NIODeadline.now()
    /// Arrivals that are due before it are sent and not measured.
    private(set) var measuredFrom = NIODeadline.now()
    /// The number of requests without a response.
    var inFlight = 0
    /// When the step ended; what is due later is not expected. `nil` before.
    var ended: Timestamp?
    private(set) var isStopped = false
    /// Whether the load is over, and connections are closed on purpose.
    var isClosing = false
    var openSessions = 0
    private var done: (() -> Void)?
    /// Draws how long users think.
    var thinking: SeededGenerator

    init(
        loop: any EventLoop, settings: LoadSettings, clock: any WallClock, pool: ConnectionPool, users: LoadUsers
    ) {
        self.loop = loop
        self.settings = settings
        soon = settings.startsSoon ? settings.timeout : nil
        timeout = .microseconds(settings.timeout.wholeMicroseconds)
        maximumInFlight = settings.maximumInFlight / max(1, settings.loops)
        self.clock = clock
        self.pool = pool
        providers = users.states(settings, clock: clock)
        thinking = SeededGenerator(seed: settings.seed, for: "load thinking")
    }

    // MARK: - Schedule

    /// Sends the requests of the plan; calls `done` once, after the last response.
    func run(_ plan: LoadPlan, from begin: NIODeadline, warmUp: Duration, done: @escaping () -> Void) {
        self.begin = begin
        ended = nil
        measuredFrom = begin.advanced(by: warmUp)
        self.plan = plan.makeIterator()
        parts = plan.parts
        next = self.plan?.next()
        self.done = done
        schedule()
    }

    /// Sends no further request. Those in flight are waited for.
    func stop() {
        next = nil
        isStopped = true
        finishIfIdle()
    }

    private func schedule() {
        guard let next else { return finishIfIdle() }
        // A callback needs no promise, as a task does. Only a loop that was shut down refuses it.
        _ = try? loop.assumeIsolated().scheduleCallback(at: begin.advanced(by: next.due), handler: self)
    }

    /// The most arrivals that are sent before responses are read again.
    private static let burst = 64

    /// Sends what is due, and waits for the next arrival.
    func handleScheduledCallback(eventLoop: some EventLoop) {
        for _ in 0..<Self.burst {
            let now = NIODeadline.now()
            guard let arrival = next, begin.advanced(by: arrival.due) <= now else { break }
            next = plan?.next()
            start(arrival, now)
        }
        schedule()
    }

    func finishIfIdle() {
        guard next == nil, inFlight == 0, openSessions == 0 else { return }
        done.take()?()
    }

    /// The time since the beginning of the step.
    func elapsed(_ now: NIODeadline) -> Duration { now.since(begin) }
}
