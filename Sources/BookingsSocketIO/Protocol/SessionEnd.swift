/// Why a session ends, which decides what its client is sent.
enum SessionEnd: Hashable, Sendable {
    /// The token expired, a timeout passed, the replica shuts down, or the client reads too slowly: the client is to
    /// reconnect by itself.
    ///
    /// A WebSocket ends without a close frame, since the Java client takes one from the server as silence. A waiting poll
    /// gets an error status, since python-socketio does not reconnect after a close packet.
    case server
    /// The client sent what the protocol does not allow.
    case protocolError
    /// The client closed the session.
    case client
}
