import Bookings
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// The machine's clock. Its timers run on NIO's event loops.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp { Timestamp(milliseconds: Self.milliseconds(of: CLOCK_REALTIME)) }

    /// Goes on while the machine is suspended.
    public func elapsed() -> Duration { .milliseconds(Self.milliseconds(of: CLOCK_BOOTTIME)) }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    public func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        let wait = max(0, now().duration(to: instant).wholeMilliseconds)
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        return LoopTimer(scheduled: loop.scheduleTask(in: .milliseconds(wait), action))
    }
}

private struct LoopTimer: ScheduledAction {
    let scheduled: Scheduled<Void>

    func cancel() { scheduled.cancel() }
}
