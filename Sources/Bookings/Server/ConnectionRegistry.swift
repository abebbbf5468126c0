import NIOCore
import Synchronization

/// The open connections of one event loop. It is touched on that loop alone.
///
/// One repeated task a loop looks at all deadlines, so that a connection holds no timer of its own.
final class ConnectionRegistry {
    private struct Connection {
        let channel: any Channel
        let handler: HTTPConnectionHandler
    }

    static let tickInterval = TimeAmount.milliseconds(500)

    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isDraining = false

    var count: Int { connections.count }

    func add(_ handler: HTTPConnectionHandler, on channel: any Channel) {
        connections[ObjectIdentifier(channel)] = Connection(channel: channel, handler: handler)
        if isDraining { handler.drain() }
    }

    func remove(_ channel: any Channel) { connections[ObjectIdentifier(channel)] = nil }

    func tick() {
        for connection in connections.values { connection.handler.tick() }
    }

    /// Every answer from now on closes its connection.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.handler.drain() }
    }

    /// Closes every connection at once, and returns what they were doing.
    func closeAll() -> [HTTPConnectionState.Activity: Int] {
        let activities = connections.values.reduce(into: [:]) { $0[$1.handler.activity, default: 0] += 1 }
        for connection in connections.values { connection.channel.close(promise: nil) }
        return activities
    }
}

/// How many connections are open, against the limit.
///
/// Beyond the limit a few more are accepted, which serve probes and metrics alone; beyond those none is.
final class ConnectionCounter: Sendable {
    /// How many connections beyond the limit serve probes.
    static let probeReserve = 8

    /// Where a connection stands against the limit.
    enum Placement { case within, beyond }

    let limit: Int
    private let metrics: ServiceMetrics
    private let count = Mutex(0)

    init(limit: Int, metrics: ServiceMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    var isEmpty: Bool { count.withLock { $0 == 0 } }

    /// Whether one more may be accepted.
    var hasRoom: Bool { count.withLock { $0 < limit + Self.probeReserve } }

    func opened() -> Placement {
        let open = count.withLock { count in
            count += 1
            return count
        }
        metrics.setConnections(open)
        return open > limit ? .beyond : .within
    }

    /// Returns whether accepting was suspended because of the limit until now.
    func closed() -> Bool {
        let (open, wasFull) = count.withLock { count in
            count -= 1
            return (count, count + 1 == limit + Self.probeReserve)
        }
        metrics.setConnections(open)
        return wasFull
    }
}
