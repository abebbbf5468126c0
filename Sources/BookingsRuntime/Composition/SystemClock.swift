import Bookings
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// The machine's clock. Its timers run on NIO's event loops.
package struct SystemClock: WallClock {
    /// How long a timer may take to notice that the clock was set, or that the machine was suspended.
    private static let maxWait = Duration.seconds(1)
    private static let instants = TimerQueue(maxWait: maxWait, now: wallTime, timer: loopTimer)
    private static let delays = TimerQueue(maxWait: maxWait, now: elapsedTime, timer: loopTimer)

    /// Creates a clock. All clocks of the process share their timers.
    package init() {}

    /// Returns the wall-clock time.
    package func now() -> Timestamp { Self.wallTime() }

    /// Returns the time since the machine started, including the time for which it was suspended.
    package func elapsed() -> Duration { .milliseconds(Self.elapsedTime().milliseconds) }

    /// Calls the action at the instant on the wall clock, or at once when it has passed.
    package func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        Self.instants.schedule(at: instant, action)
    }

    /// Calls the action when the delay has elapsed, whatever the wall clock is set to.
    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        Self.delays.schedule(at: Self.elapsedTime() + delay, action)
    }

    @Sendable private static func wallTime() -> Timestamp { time(of: CLOCK_REALTIME) }

    @Sendable private static func elapsedTime() -> Timestamp { time(of: CLOCK_BOOTTIME) }

    private static func time(of clock: clockid_t) -> Timestamp {
        var time = timespec()
        clock_gettime(clock, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Schedules a timer on one of NIO's event loops.
    @Sendable private static func loopTimer(
        after delay: Duration, _ action: @escaping @Sendable () -> Void
    ) -> any ScheduledAction {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        return LoopTimer(scheduled: loop.scheduleTask(in: .milliseconds(delay.wholeMilliseconds), action))
    }
}

private struct LoopTimer: ScheduledAction {
    let scheduled: Scheduled<Void>

    func cancel() { scheduled.cancel() }
}
