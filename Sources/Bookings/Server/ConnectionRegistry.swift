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
/// Beyond the limit a few more are accepted, which serve probes and metrics alone. The oldest of them makes room for the
/// next one, so that clients that send nothing do not keep probes out.
final class ConnectionCounter: Sendable {
    /// How many connections beyond the limit serve probes.
    static let probeReserve = 8

    /// Where a connection stands against the limit.
    enum Placement { case within, beyond }

    private struct State {
        var open = 0
        /// Those beyond the limit, oldest first.
        var beyond: [any Channel] = []
    }

    let limit: Int
    private let metrics: ServiceMetrics
    private let state = Mutex(State())

    init(limit: Int, metrics: ServiceMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    var isEmpty: Bool { state.withLock { $0.open == 0 } }

    /// Whether the next connection stands within the limit.
    var isBelowLimit: Bool { state.withLock { $0.open < limit } }

    /// Whether one more may be accepted.
    var hasRoom: Bool { state.withLock { $0.open < limit + Self.probeReserve } }

    /// Counts a new connection. When it takes the last place of the reserve, the oldest one there is to close: it gets
    /// `ConnectionEvent.makeRoom`.
    func opened(_ channel: any Channel) -> Placement {
        let (open, oldest) = state.withLock { state in
            state.open += 1
            guard state.open > limit else { return (state.open, nil as (any Channel)?) }
            state.beyond.append(channel)
            return (state.open, state.beyond.count < Self.probeReserve ? nil : state.beyond.removeFirst())
        }
        metrics.setConnections(open)
        oldest?.pipeline.fireUserInboundEventTriggered(ConnectionEvent.makeRoom)
        return open > limit ? .beyond : .within
    }

    /// Returns whether accepting was suspended because of the limit until now.
    func closed(_ channel: any Channel) -> Bool {
        let (open, wasFull) = state.withLock { state in
            state.open -= 1
            state.beyond.removeAll { $0 === channel }
            return (state.open, state.open + 1 == limit + Self.probeReserve)
        }
        metrics.setConnections(open)
        return wasFull
    }
}

enum ConnectionEvent {
    /// The connection is to close as soon as no request is being answered.
    case makeRoom
}
