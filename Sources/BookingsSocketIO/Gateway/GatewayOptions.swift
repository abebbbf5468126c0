/// The configuration of a `SocketGateway`.
package struct GatewayOptions: Sendable {
    /// The origins whose pages may connect, besides the server's own.
    package var allowedOrigins: [String]
    /// Whether clients without a token are accepted; they get events without customers.
    package var anonymous: Bool
    /// Whether connection state recovery is enabled.
    package var stateRecovery = false
    /// How long events can be resumed after they occurred.
    package var eventRetention: Duration
    /// The Engine.IO heartbeat and the connect timeout.
    package var heartbeat: HeartbeatTiming
    /// The size of the largest message that a client may send, in bytes.
    package var maxPayload = 1_000_000
    /// The bytes that may wait for clients that do not read.
    package var backlog = SocketBacklog()
    var sessions = SessionTable.Limits()

    /// Creates options with defaults for what is not given.
    package init(allowedOrigins: [String], anonymous: Bool, eventRetention: Duration, heartbeat: HeartbeatTiming) {
        self.allowedOrigins = allowedOrigins
        self.anonymous = anonymous
        self.eventRetention = eventRetention
        self.heartbeat = heartbeat
    }
}

/// How many bytes may wait for clients that do not read.
package struct SocketBacklog: Sendable {
    /// What the responses to one read of a socket, or to one batch of a POST, may add to the limit of one socket.
    static let responsesToOneRead = 256 << 10
    /// The next missed events are read from the log while less than this waits for their socket.
    static let readAhead = 64 << 10

    /// A socket for which more bytes wait in the process is closed: its client reconnects and resumes.
    package var maxUnwrittenBytes = 1 << 20
    /// When more bytes wait for all sockets together, the socket for which most of them wait is closed.
    package var maxUnwrittenBytesOfAll = 32 << 20
    /// The size of the kernel's send buffer of one socket; `nil` for the kernel's own choice.
    package var systemBytes: Int?

    package init() {}
}
