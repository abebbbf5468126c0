/// The way in which a client reads events that is not an open socket.
package enum ListenerTransport: String, Codable, CaseIterable, Sendable {
    /// The pages of `GET /events`.
    case walk
    /// An event stream that resumes by `Last-Event-ID`.
    case stream
    /// Socket.IO over HTTP long-polling, resumed by `after`.
    case polling
}
