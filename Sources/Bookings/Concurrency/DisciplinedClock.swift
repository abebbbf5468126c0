import Synchronization

/// Tells the time that all replicas share: the store's.
package protocol ReferenceClock: Sendable {
    func referenceTime() async throws(StoreError) -> Timestamp
}

/// A clock that is steered by a reference: what the reference last told, and the time that has elapsed since.
///
/// A replica whose machine is wrong about the time, or is set while it runs, decides, fires and stamps by the store's
/// time all the same.
///
/// A measurement that says it is earlier than it seemed counts at once, because nothing may be done before its time.
/// One that says it is much later counts once the next one agrees: what was done too early cannot be taken back, and a
/// single wrong answer (of a standby during a failover, of a machine that was suspended) must not do it.
package final class DisciplinedClock: WallClock {
    private let local: any WallClock
    private let reference: any ReferenceClock
    private let start: Start
    /// Timers for instants, which are armed anew when the time that is told jumps.
    private let timers: TimerQueue

    /// A start that differs by less from the one in force is taken for jitter.
    private static let deadBand: Int64 = 10
    /// An answer that took longer tells nothing.
    private static let longestRoundTrip: Int64 = 1000

    /// A measurement that would move the time ahead by more needs another one that agrees.
    private static let longestUnconfirmedLeap: Int64 = 1000
    /// How far two measurements that agree may lie apart, where their round trips took less.
    private static let agreement: Int64 = 100

    /// The start that the last measurement told, and whether there was any.
    private enum Pending {
        case unmeasured
        case measured
        /// It waits to be confirmed.
        case leap(to: Int64)
    }

    private let pending = Mutex(Pending.unmeasured)

    /// The offset of this clock from the local clock's elapsed time, shared with the timers' closure.
    private final class Start: Sendable {
        /// In milliseconds since the Unix epoch, at an elapsed time of zero.
        let milliseconds: Atomic<Int64>

        init(_ milliseconds: Int64) { self.milliseconds = Atomic(milliseconds) }
    }

    /// What a measurement led to.
    package struct Measurement: Hashable, Sendable {
        /// How far the time that is told is now ahead of the local clock.
        package let offset: Duration
        /// By how much the time that is told was moved.
        package let step: Duration
    }

    /// Until the first measurement it goes on from the time that the local clock tells now.
    package init(local: any WallClock, reference: any ReferenceClock) {
        self.local = local
        self.reference = reference
        let start = Start(local.now().milliseconds - local.elapsed().wholeMilliseconds)
        self.start = start
        timers = TimerQueue(
            now: { Self.time(since: start, on: local) }, timer: { local.schedule(after: $0, $1) })
    }

    package func now() -> Timestamp { Self.time(since: start, on: local) }

    private static func time(since start: Start, on local: any WallClock) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds.load(ordering: .relaxed) + local.elapsed().wholeMilliseconds)
    }

    package func elapsed() -> Duration { local.elapsed() }

    package func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        timers.schedule(at: instant, action)
    }

    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        local.schedule(after: delay, action)
    }

    /// Asks the reference, and follows it. The reference is taken to have answered halfway through the round trip.
    @discardableResult
    package func measure() async throws(StoreError) -> Measurement {
        let asked = local.elapsed().wholeMilliseconds
        let told = try await reference.referenceTime().milliseconds
        let roundTrip = local.elapsed().wholeMilliseconds - asked
        let measured = told - asked - roundTrip / 2
        let current = start.milliseconds.load(ordering: .relaxed)
        let counts = roundTrip <= Self.longestRoundTrip && isToBeFollowed(measured, from: current, roundTrip: roundTrip)
        if counts {
            start.milliseconds.store(measured, ordering: .relaxed)
            timers.clockWasSet()
        }
        return Measurement(
            offset: local.now().duration(to: now()), step: .milliseconds(counts ? measured - current : 0))
    }

    private func isToBeFollowed(_ measured: Int64, from current: Int64, roundTrip: Int64) -> Bool {
        let move = measured - current
        guard abs(move) > max(Self.deadBand, roundTrip) else {
            pending.withLock { $0 = .measured }
            return false
        }
        return pending.withLock { pending in
            let isConfirmed =
                switch pending {
                case .unmeasured: true
                case .measured: move <= Self.longestUnconfirmedLeap
                case .leap(let earlier):
                    move <= Self.longestUnconfirmedLeap || abs(measured - earlier) <= max(Self.agreement, roundTrip)
                }
            pending = isConfirmed ? .measured : .leap(to: measured)
            return isConfirmed
        }
    }
}
