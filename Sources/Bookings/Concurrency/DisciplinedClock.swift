import Synchronization

/// A source of the time that all replicas share: the store's clock.
package protocol ReferenceClock: Sendable {
    /// Returns the current time of the reference.
    func referenceTime() async throws(StoreError) -> Timestamp
}

/// A clock that follows a reference: the reference's last measured time plus the time that has elapsed since.
///
/// So a replica decides, fires reminders and timestamps by the store's time, even when its machine's clock is wrong or is
/// set while it runs.
///
/// A measurement that sets the clock back takes effect at once, because nothing may happen before its time. One that sets
/// it far ahead takes effect when the next one confirms it: an action that was taken too early cannot be undone, and a
/// single wrong answer (of a standby during a failover, of a suspended machine) must not cause it.
package final class DisciplinedClock: WallClock {
    private let local: any WallClock
    private let reference: any ReferenceClock
    private let start: Start
    /// Timers for instants, which are set again when a measurement moves the time.
    private let timers: TimerQueue

    /// A measurement that moves the time by less, in milliseconds, is taken for jitter.
    private static let deadBand: Int64 = 10
    /// A measurement whose round trip took longer, in milliseconds, is ignored.
    private static let maxRoundTrip: Int64 = 1000

    /// A measurement that sets the time ahead by more, in milliseconds, needs a second one that confirms it.
    private static let maxUnconfirmedStep: Int64 = 1000
    /// The largest difference, in milliseconds, between two measurements that confirm each other. The round trip counts
    /// instead where it took longer.
    private static let maxDisagreement: Int64 = 100

    /// What the last measurement showed.
    private enum Confirmation {
        /// There was no measurement. The first one takes effect, whatever it is.
        case unmeasured
        /// It took effect, or was within the jitter.
        case measured
        /// It would set the time far ahead, and waits for the next one to confirm it.
        case pending(start: Int64)
    }

    private let confirmation = Mutex(Confirmation.unmeasured)

    /// The time of this clock when the local clock's elapsed time was zero, shared with the timers' closure.
    private final class Start: Sendable {
        /// In milliseconds since the Unix epoch.
        let milliseconds: Atomic<Int64>

        init(_ milliseconds: Int64) { self.milliseconds = Atomic(milliseconds) }
    }

    /// The result of a measurement.
    package struct Measurement: Hashable, Sendable {
        /// How far this clock is ahead of the local clock after the measurement.
        package let offset: Duration
        /// By how much the measurement moved this clock.
        package let step: Duration
    }

    /// Creates a clock that continues from the local clock's time until the first measurement.
    package init(local: any WallClock, reference: any ReferenceClock) {
        self.local = local
        self.reference = reference
        let start = Start(local.now().milliseconds - local.elapsed().wholeMilliseconds)
        self.start = start
        timers = TimerQueue(
            now: { Self.time(since: start, on: local) }, timer: { local.schedule(after: $0, $1) })
    }

    /// The time of the reference, as far as it was measured.
    package func now() -> Timestamp { Self.time(since: start, on: local) }

    private static func time(since start: Start, on local: any WallClock) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds.load(ordering: .relaxed) + local.elapsed().wholeMilliseconds)
    }

    /// The elapsed time of the local clock.
    package func elapsed() -> Duration { local.elapsed() }

    package func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        timers.schedule(at: instant, action)
    }

    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        local.schedule(after: delay, action)
    }

    /// Reads the reference's time and follows it. The reference is assumed to have read its clock in the middle of the round
    /// trip.
    ///
    /// - Throws: What the reference throws; the clock continues as before.
    @discardableResult
    package func measure() async throws(StoreError) -> Measurement {
        let asked = local.elapsed().wholeMilliseconds
        let answer = try await reference.referenceTime().milliseconds
        let roundTrip = local.elapsed().wholeMilliseconds - asked
        let measured = answer - asked - roundTrip / 2
        let current = start.milliseconds.load(ordering: .relaxed)
        let takesEffect = roundTrip <= Self.maxRoundTrip && accepts(measured, from: current, roundTrip: roundTrip)
        if takesEffect {
            start.milliseconds.store(measured, ordering: .relaxed)
            timers.clockWasSet()
        }
        return Measurement(
            offset: local.now().duration(to: now()), step: .milliseconds(takesEffect ? measured - current : 0))
    }

    /// Returns whether a measured start takes effect, and remembers the measurement for the next one.
    private func accepts(_ measured: Int64, from current: Int64, roundTrip: Int64) -> Bool {
        let step = measured - current
        return confirmation.withLock { confirmation in
            guard abs(step) > max(Self.deadBand, roundTrip) else {
                confirmation = .measured
                return false
            }
            let isConfirmed =
                switch confirmation {
                case .unmeasured: true
                case .measured: step <= Self.maxUnconfirmedStep
                case .pending(let earlier):
                    step <= Self.maxUnconfirmedStep
                        || abs(measured - earlier) <= max(Self.maxDisagreement, roundTrip)
                }
            confirmation = isConfirmed ? .measured : .pending(start: measured)
            return isConfirmed
        }
    }
}
