import Bookings

/// The intervals of the background loops and the steps of a shutdown.
///
/// Loops are usually woken by a signal; the intervals are for signals that are lost. So they decide how soon something
/// happens, not whether it does, and the simulator may prolong them.
package struct ApplicationTiming: Sendable {
    /// How long the reminder loop waits at most, in case a reminder that another replica armed was not announced.
    package var reminderPoll: Duration
    /// How often the relay reads the log while announcements reach this replica.
    package var relayPoll: Duration
    /// How often the relay reads the log while announcements do not reach this replica.
    package var relayPollWithoutBus: Duration
    /// How often the clock is compared with the store's clock.
    package var clockPoll: Duration
    /// The longest interval between two deletions of what has expired.
    package var garbageCollection: Duration
    /// How often a Socket.IO connection is sent a ping.
    package var pingInterval: Duration
    /// How long the client of a Socket.IO connection may take for its pong.
    package var pingTimeout: Duration
    /// How long a replica that shuts down continues to serve while it reports that it is not ready, so that load
    /// balancers stop sending requests.
    package var shutdownDelay: Duration
    /// How long a replica that accepts no more connections waits for a request on an idle one.
    package var idleWhileDraining: Duration

    /// Creates a timing. The defaults are those of production, except that there is no shutdown delay.
    package init(
        reminderPoll: Duration = .milliseconds(500), relayPoll: Duration = .seconds(2),
        relayPollWithoutBus: Duration = .milliseconds(250), clockPoll: Duration = .seconds(1),
        garbageCollection: Duration = .seconds(30),
        pingInterval: Duration = .seconds(25), pingTimeout: Duration = .seconds(20),
        shutdownDelay: Duration = .zero, idleWhileDraining: Duration = .seconds(2)
    ) {
        self.reminderPoll = reminderPoll
        self.relayPoll = relayPoll
        self.relayPollWithoutBus = relayPollWithoutBus
        self.clockPoll = clockPoll
        self.garbageCollection = garbageCollection
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.shutdownDelay = shutdownDelay
        self.idleWhileDraining = idleWhileDraining
    }
}
