import Bookings
import NIOCore

/// The open connections of one event loop. It is used on that loop only.
///
/// One repeated task on each loop checks the deadlines of all connections, so that a connection needs no timer of its own.
final class ConnectionRegistry {
    private struct Connection {
        let channel: any Channel
        /// `nil` once the connection carries a WebSocket: what HTTP needs is released then.
        var handler: (any ServedConnection)?

        var activity: HTTPConnectionState.Activity { handler?.activity ?? .webSocket }
    }

    /// How often deadlines are checked.
    static let tickInterval = TimeAmount.milliseconds(500)

    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isDraining = false
    private var closesIdleConnections = false

    /// Adds a connection, or the handler that serves it from now on. While the server shuts down, it is treated as those
    /// that were there before.
    func add(_ handler: any ServedConnection, on channel: any Channel) {
        connections[ObjectIdentifier(channel)] = Connection(channel: channel, handler: handler)
        if isDraining { handler.drain() }
        if closesIdleConnections { handler.closeSoonWhenIdle() }
    }

    func remove(_ channel: any Channel) { connections[ObjectIdentifier(channel)] = nil }

    /// The connection carries a WebSocket from now on.
    func upgraded(_ channel: any Channel) { connections[ObjectIdentifier(channel)]?.handler = nil }

    /// Passes the time to all connections.
    func tick() {
        for connection in connections.values { connection.handler?.tick() }
    }

    // MARK: - Shutdown

    /// Makes every response from now on close its connection.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.handler?.drain() }
    }

    /// Closes the connections on which no request comes soon.
    func closeIdleConnections() {
        closesIdleConnections = true
        for connection in connections.values { connection.handler?.closeSoonWhenIdle() }
    }

    /// Whether a further request may come on one of the connections.
    var hasIdleConnections: Bool { connections.values.contains { $0.activity == .idle } }

    /// Closes every connection at once.
    ///
    /// - Returns: The number of connections by what they were doing.
    func closeAll() -> [HTTPConnectionState.Activity: Int] {
        let activities = connections.values.reduce(into: [:]) { $0[$1.activity, default: 0] += 1 }
        for connection in connections.values { connection.channel.close(promise: nil) }
        return activities
    }
}
