import Bookings
import Synchronization

/// The clock of responses: both the instants in their bodies and their `Date` header come from it.
///
/// A disciplined clock may be moved back by a measurement between the two. `Date` is therefore never earlier than an
/// instant that was read before, unless the clock was moved back by more than jitter.
package final class ResponseClock: WallClock {
    /// A clock that is moved back by more was wrong; `Date` follows it at once.
    private static let maximumJitter = Duration.seconds(2)

    private let base: any WallClock
    /// The latest instant read, in milliseconds.
    private let latest: Atomic<Int64>
    private let written = Mutex((second: Int64.min, value: ""))

    /// Creates a clock that follows `base`.
    package init(_ base: any WallClock) {
        self.base = base
        latest = Atomic(base.now().milliseconds)
    }

    /// The current instant of the base clock.
    package func now() -> Timestamp {
        let now = base.now()
        // Reading first keeps the cache line shared: within a millisecond there is nothing to store.
        if now.milliseconds > latest.load(ordering: .relaxed) { latest.max(now.milliseconds, ordering: .relaxed) }
        return now
    }

    /// The elapsed time of the base clock.
    package func elapsed() -> Duration { base.elapsed() }

    /// Schedules an action on the base clock.
    package func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        base.schedule(at: instant, action)
    }

    /// Schedules an action on the base clock.
    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        base.schedule(after: delay, action)
    }

    /// The value of the `Date` header of a response that is written now. It is formatted once a second.
    package var date: String {
        let instant = responseInstant()
        let second = instant.milliseconds / 1000
        return written.withLock { written in
            if written.second != second { written = (second, HTTPDate.string(instant)) }
            return written.value
        }
    }

    private func responseInstant() -> Timestamp {
        let now = base.now()
        let latest = Timestamp(milliseconds: latest.load(ordering: .relaxed))
        if latest > now, now.duration(to: latest) <= Self.maximumJitter { return latest }
        self.latest.store(now.milliseconds, ordering: .relaxed)
        return now
    }
}
