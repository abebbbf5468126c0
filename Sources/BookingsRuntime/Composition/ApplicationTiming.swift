import Bookings

/// How often the loops look for themselves although nobody rang. The simulator stretches these; nothing depends on them
/// for being right, only for being soon.
package struct ApplicationTiming: Sendable {
    /// The reminder loop sleeps no longer than this, in case the log could not be read.
    package var reminderPoll: Duration
    /// The relay's poll while announcements reach this replica, and while they do not.
    package var relayPoll: Duration
    package var relayPollWithoutBus: Duration
    /// How often the clock is held against the store's: how long a store's clock that was set back goes unnoticed.
    package var clockPoll: Duration
    /// The Socket.IO heartbeat.
    package var pingInterval: Duration
    package var pingTimeout: Duration
    /// How long a replica that is to end still serves while it says that it is not ready, so that balancers see it.
    package var farewell: Duration
    /// How long a replica that is to end waits for a request on a connection that is idle.
    package var idleWhileDraining: Duration

    package init(
        reminderPoll: Duration = .milliseconds(500), relayPoll: Duration = .seconds(2),
        relayPollWithoutBus: Duration = .milliseconds(250), clockPoll: Duration = .seconds(1),
        pingInterval: Duration = .seconds(25), pingTimeout: Duration = .seconds(20),
        farewell: Duration = .zero, idleWhileDraining: Duration = .seconds(2)
    ) {
        self.reminderPoll = reminderPoll
        self.relayPoll = relayPoll
        self.relayPollWithoutBus = relayPollWithoutBus
        self.clockPoll = clockPoll
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.farewell = farewell
        self.idleWhileDraining = idleWhileDraining
    }
}
