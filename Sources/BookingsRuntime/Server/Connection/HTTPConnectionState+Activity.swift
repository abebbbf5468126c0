/// What a connection does, for the log line about connections that a shutdown cut off.
extension HTTPConnectionState {
    /// The raw value is the name in the log.
    enum Activity: String, CaseIterable, Sendable {
        case idle = "idle"
        case partialHead = "partial request head"
        case partialBody = "partial request body"
        case request = "request in progress"
        case eventStream = "event stream or poll"
        case unreadResponse = "unread response"
        case webSocket = "WebSocket"
        case closing = "closing"

        /// Whether the client loses something when the connection is cut off.
        var losesData: Bool {
            switch self {
            case .idle, .closing: false
            case .partialHead, .partialBody, .request, .eventStream, .unreadResponse, .webSocket: true
            }
        }
    }

    var activity: Activity {
        switch phase {
        case .idle: isWritable ? .idle : .unreadResponse
        case .readingHead: .partialHead
        case .readingBody: .partialBody
        case .responding(let response) where response.waitsForEvents: .eventStream
        case .responding: isWritable ? .request : .unreadResponse
        case .halfClosed: isWritable ? .closing : .unreadResponse
        case .closed: .closing
        case .upgraded: .webSocket
        }
    }
}
