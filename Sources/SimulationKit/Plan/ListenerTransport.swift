/// The way in which a client reads events that is not an open socket.
package enum ListenerTransport: String, Codable, CaseIterable, Sendable {
    /// The pages of `GET /events`.
    case walk
    /// An event stream that resumes by `Last-Event-ID`.
    case stream
    /// Socket.IO over HTTP long-polling, resumed by `after`.
    case polling
    /// Long-polling that is upgraded to a WebSocket after the first packets.
    case upgrade
    /// Long-polling with connection state recovery: by the socket's private id and the offset of its last event.
    case recovery
}
