/// The service's only source of time. Production steers it by the database's; the simulator turns it by hand.
package protocol WallClock: Sendable {
    func now() -> Timestamp

    /// Since some instant that stays the same while the process runs; a clock that is set does not change it.
    func elapsed() -> Duration

    /// Calls the action once, on any thread, as soon as `now()` has reached the instant: at once when it has passed.
    /// A clock that is set meanwhile makes it earlier or later.
    ///
    /// The action must be short and must not block; it signals a `LoopTrigger` or hops to where the work belongs.
    func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction

    /// Calls the action once, on any thread, as soon as that much time has elapsed, whatever the clock is set to: at
    /// once for a delay that is not positive. For intervals: pings, polls, pauses. The action is as above.
    func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction
}

/// What `WallClock.schedule` gives back.
package protocol ScheduledAction: Sendable {
    /// The action will not be called any more, unless it is being called right now.
    func cancel()
}
