/// The only source of time. In production the database's time disciplines it; the simulator advances it by itself.
package protocol WallClock: Sendable {
    /// Returns the current instant.
    func now() -> Timestamp

    /// Returns the time since a fixed instant of this process. Setting the clock does not change it.
    func elapsed() -> Duration

    /// Calls the action once, on any thread, when `now()` reaches the instant; at once if it has passed.
    ///
    /// Setting the clock makes the call earlier or later. The action must be short and must not block.
    func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction

    /// Calls the action once, on any thread, when the delay has elapsed, whatever the clock is set to; at once if the
    /// delay is not positive.
    ///
    /// For intervals such as pings, polls and pauses. The action must be short and must not block.
    func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction
}

/// An action that a clock will call.
package protocol ScheduledAction: Sendable {
    /// Prevents the call, unless it has begun.
    func cancel()
}
