import Atomics

/// Tells the time that all replicas share: the store's.
public protocol ReferenceClock: Sendable {
    func referenceTime() async throws(StoreError) -> Timestamp
}

/// A clock that is steered by a reference: what the reference last told, and the time that has elapsed since.
///
/// A replica whose machine is wrong about the time, or is set while it runs, decides, fires and stamps by the store's
/// time all the same.
public final class SteeredClock: WallClock {
    private let local: any WallClock
    private let reference: any ReferenceClock
    /// Milliseconds from the local clock's zero of elapsed time to the time that is told.
    private let start: ManagedAtomic<Int64>
    /// Timers for instants, which are armed anew when the time that is told jumps.
    private let timers: TimerQueue

    /// A start that differs by less from the one in force is taken for jitter.
    private static let deadBand: Int64 = 10
    /// An answer that took longer tells nothing.
    private static let longestRoundTrip: Int64 = 1000

    /// Until the first measurement it goes on from the time that the local clock tells now.
    public init(local: any WallClock, reference: any ReferenceClock) {
        self.local = local
        self.reference = reference
        let start = ManagedAtomic(local.now().milliseconds - local.elapsed().wholeMilliseconds)
        self.start = start
        timers = TimerQueue(
            now: { Self.time(since: start, on: local) }, timer: { local.schedule(after: $0, $1) })
    }

    public func now() -> Timestamp { Self.time(since: start, on: local) }

    private static func time(since start: ManagedAtomic<Int64>, on local: any WallClock) -> Timestamp {
        Timestamp(milliseconds: start.load(ordering: .relaxed) + local.elapsed().wholeMilliseconds)
    }

    public func elapsed() -> Duration { local.elapsed() }

    public func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        timers.schedule(at: instant, action)
    }

    public func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        local.schedule(after: delay, action)
    }

    /// Asks the reference, and gives how far the time that is told is now ahead of the local clock. The reference is
    /// taken to have answered halfway through the round trip.
    @discardableResult
    public func measure() async throws(StoreError) -> Duration {
        let asked = local.elapsed().wholeMilliseconds
        let told = try await reference.referenceTime().milliseconds
        let roundTrip = local.elapsed().wholeMilliseconds - asked
        let measured = told - asked - roundTrip / 2
        let current = start.load(ordering: .relaxed)
        if roundTrip <= Self.longestRoundTrip, abs(measured - current) > max(Self.deadBand, roundTrip) {
            start.store(measured, ordering: .relaxed)
            timers.clockWasSet()
        }
        return local.now().duration(to: now())
    }
}
