import Bookings

/// What `SessionTimer` calls when a deadline is reached.
protocol TimedSession: AnyObject {
    func deadlineReached()
}

/// The timers of all sessions of one event loop: one for deadlines of elapsed time (pings, timeouts), one for instants of the
/// wall clock (expiry of tokens). Sessions have no timers of their own.
///
/// It is used on its shard's event loop alone.
final class SessionTimer {
    private let clock: any WallClock
    private var sessions: [ObjectIdentifier: any TimedSession] = [:]
    private var deadlines = DeadlineQueue<ObjectIdentifier, Duration>()
    private var expiries = DeadlineQueue<ObjectIdentifier, Timestamp>()
    private var deadlineTimer: (at: Duration, timer: any ScheduledAction)?
    private var expiryTimer: (at: Timestamp, timer: any ScheduledAction)?
    private let fired: @Sendable () -> Void

    /// `fired`: called on any thread when a timer fires; it hops to the event loop and calls `runDue`.
    init(clock: any WallClock, fired: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.fired = fired
    }

    /// Sets the next deadlines of a session. `deadline`: on `WallClock.elapsed`. `expiry`: `nil` for never.
    func set(_ session: any TimedSession, deadline: Duration, expiry: Timestamp? = nil) {
        let id = ObjectIdentifier(session)
        sessions[id] = session
        deadlines.set(id, at: deadline)
        if let expiry { expiries.set(id, at: expiry) } else { expiries.remove(id) }
        setTimers()
    }

    func remove(_ session: any TimedSession) {
        let id = ObjectIdentifier(session)
        sessions[id] = nil
        deadlines.remove(id)
        expiries.remove(id)
    }

    /// Calls each session whose deadline is reached; the session sets its next one.
    func runDue() {
        let (elapsed, now) = (clock.elapsed(), clock.now())
        if let deadlineTimer, deadlineTimer.at <= elapsed { self.deadlineTimer = nil }
        // It is set again each time: a timer that fired before the clock was set back does not fire again.
        expiryTimer?.timer.cancel()
        expiryTimer = nil
        for id in deadlines.popDue(at: elapsed) + expiries.popDue(at: now) {
            sessions[id]?.deadlineReached()
        }
        setTimers()
    }

    /// Sets the timers, unless they are set for an instant that is early enough.
    private func setTimers() {
        if let next = deadlines.next, deadlineTimer.map({ next < $0.at }) ?? true {
            deadlineTimer?.timer.cancel()
            let wait = max(.zero, next - clock.elapsed())
            deadlineTimer = (next, clock.schedule(after: wait, fired))
        }
        if let next = expiries.next, expiryTimer.map({ next < $0.at }) ?? true {
            expiryTimer?.timer.cancel()
            expiryTimer = (next, clock.schedule(at: next, fired))
        }
    }
}
