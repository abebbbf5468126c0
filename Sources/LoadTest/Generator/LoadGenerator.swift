import Bookings
import NIOCore
import SimulationKit

/// A part of a load test on one event loop: its providers, its connections, its schedule and its measurements.
///
/// Nothing of it is shared with other loops: no request waits for a lock.
final class LoadGenerator {
    let loop: any EventLoop
    let settings: LoadSettings
    let clock: any WallClock
    let pool: ConnectionPool
    /// The providers of this part, in the order of their numbers.
    let providers: [ProviderState]
    var measures = LoadMeasures()
    var second = LoadSecond()

    // The step that runs.
    private var plan: LoadPlan.Iterator?
    private var parts = 1
    private var next: LoadPlan.Arrival?
    private var begin = NIODeadline.now()
    /// Arrivals that are due before it are sent and not measured.
    private(set) var measuredFrom = NIODeadline.now()
    private var inFlight = 0
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
        loop.assumeIsolated().scheduleTask(deadline: begin.advanced(by: next.due)) { self.sendDue() }
    }

    /// The most arrivals that are sent before responses are read again.
    private static let burst = 64

    private func sendDue() {
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

    // MARK: - Requests

    private func start(_ arrival: LoadPlan.Arrival, _ now: NIODeadline) {
        let due = begin.advanced(by: arrival.due)
        let isMeasured = due >= measuredFrom
        guard inFlight < settings.maximumInFlight / max(1, settings.loops) else {
            if isMeasured { measures.leaveUnsent(arrival.kind, at: elapsed(now)) }
            second.failed += 1
            return
        }
        if isMeasured, arrival.kind != .session { measures.send(arrival.kind, lag: now.since(due)) }
        let provider = providers[arrival.provider / parts]
        guard arrival.kind != .session else { return startSession(arrival, provider, due, isMeasured) }
        let choice = provider.choose(
            arrival, due: due, now: clock.now(), soon: settings.startsSoon ? settings.timeout : nil)
        send(choice, arrival.kind, provider, due, isMeasured) { _ in }
    }

    /// Sends a request and measures its latency from `due`: from when it had to be sent, not from when it was, which
    /// corrects for coordinated omission. `completion` learns whether the response was the expected one.
    func send(
        _ choice: RequestChoice, _ kind: LoadKind, _ provider: ProviderState, _ due: NIODeadline, _ isMeasured: Bool,
        _ completion: @escaping (Bool) -> Void
    ) {
        inFlight += 1
        second.sent += 1
        pool.send(choice.bytes, deadline: .now().advanced(by: settings.timeout)) { outcome in
            self.inFlight -= 1
            self.measures.usage.exchanges += 1
            let now = NIODeadline.now()
            let isExpected = self.finish(outcome, choice, kind, provider, now.since(due), isMeasured, now)
            completion(isExpected)
            self.finishIfIdle()
        }
    }

    private func finish(
        _ outcome: LoadConnection.Outcome, _ choice: RequestChoice, _ kind: LoadKind, _ provider: ProviderState,
        _ latency: Duration, _ isMeasured: Bool, _ now: NIODeadline
    ) -> Bool {
        switch outcome {
        case .success(let response):
            let isExpected = response.status == choice.status
            second.record(latency)
            if isExpected { provider.apply(choice.effect, response.body, at: now) } else { second.failed += 1 }
            if isMeasured {
                measures.answer(
                    kind, status: response.status, isExpected: isExpected, latency: latency, at: elapsed(now))
            }
            return isExpected
        case .failure(let failure):
            second.failed += 1
            if isMeasured { measures.fail(kind, failure.description, at: elapsed(now)) }
            return false
        }
    }

    /// The time since the beginning of the step.
    func elapsed(_ now: NIODeadline) -> Duration { now.since(begin) }
}
