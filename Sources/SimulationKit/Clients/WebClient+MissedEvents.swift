import Bookings

extension WebClient {
    /// A way to read events besides WebSockets and pages.
    package enum EventReader: Sendable {
        /// `GET /events` as an event stream.
        case stream
        /// Socket.IO by long-polling.
        case polling
    }

    /// Reads the data of the events behind a cursor: so many or more, or those that came within some seconds.
    ///
    /// - Parameter server: The URL of the service, without a slash at its end.
    package func events(
        of server: String, by reader: EventReader, token: String, after cursor: String, count: Int
    ) async -> [JSONValue] {
        let missed =
            switch reader {
            case .stream: await streamedEvents(of: server, token: token, after: cursor, count: count)
            case .polling: await polledEvents(of: server, ConnectPayload(token: token, after: cursor), count: count)
            }
        return missed.events.map(\.event.data)
    }
}
