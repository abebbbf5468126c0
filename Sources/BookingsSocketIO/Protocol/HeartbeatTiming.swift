/// The Engine.IO heartbeat, and how long a client may take to send CONNECT.
package struct HeartbeatTiming: Hashable, Sendable {
    /// The time between a pong and the next ping.
    package var pingInterval: Duration
    /// The time within which the client must answer a ping.
    package var pingTimeout: Duration
    /// The time within which the client must send CONNECT after it opened a session or left the namespace.
    package var connectTimeout: Duration

    /// Creates the timing that socket.io has by default.
    package init(
        pingInterval: Duration = .seconds(25), pingTimeout: Duration = .seconds(20),
        connectTimeout: Duration = .seconds(45)
    ) {
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.connectTimeout = connectTimeout
    }
}
