/// The service's only source of time. Production steers it by the database's; the simulator turns it by hand.
public protocol WallClock: Sendable {
    func now() -> Timestamp

    /// Since some instant that stays the same while the process runs; a clock that is set does not change it.
    func elapsed() -> Duration

    /// Calls the action once, on any thread, as soon as the instant has come: at once when it has passed.
    ///
    /// The action must be short and must not block; it rings an `Alarm` or hops to where the work belongs.
    func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction
}

/// What `WallClock.schedule` gives back.
public protocol ScheduledAction: Sendable {
    /// The action will not be called any more, unless it is being called right now.
    func cancel()
}
