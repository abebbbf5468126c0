import Bookings
import NIOCore

/// The open connections of one event loop. It is used on that loop only.
///
/// One repeated task on each loop checks the deadlines of all connections, so that a connection needs no timer of its own.
final class ConnectionRegistry {
    private struct Connection {
        let channel: any Channel
        let handler: HTTPConnectionHandler
    }

    /// How often deadlines are checked.
    static let tickInterval = TimeAmount.milliseconds(500)

    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isDraining = false

    /// Adds a connection. While the server drains, the connection begins to drain at once.
    func add(_ handler: HTTPConnectionHandler, on channel: any Channel) {
        connections[ObjectIdentifier(channel)] = Connection(channel: channel, handler: handler)
        if isDraining { handler.drain() }
    }

    func remove(_ channel: any Channel) { connections[ObjectIdentifier(channel)] = nil }

    /// Passes the time to all connections.
    func tick() {
        for connection in connections.values { connection.handler.tick() }
    }

    /// Makes every response from now on close its connection.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.handler.drain() }
    }

    /// Closes every connection at once.
    ///
    /// - Returns: The number of connections by what they were doing.
    func closeAll() -> [HTTPConnectionState.Activity: Int] {
        let activities = connections.values.reduce(into: [:]) { $0[$1.handler.activity, default: 0] += 1 }
        for connection in connections.values { connection.channel.close(promise: nil) }
        return activities
    }
}
