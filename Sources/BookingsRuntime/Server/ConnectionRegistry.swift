import Bookings
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
    enum Placement {
        case within
        /// It serves probes alone.
        case beyond
        /// It was beyond the limit, and is to close for a newer one.
        case displaced
    }

    private struct State {
        /// Every open connection by its channel.
        var placements: [ObjectIdentifier: Placement] = [:]
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

    var isEmpty: Bool { state.withLock(\.placements.isEmpty) }

    /// Whether the next connection stands within the limit.
    var isBelowLimit: Bool { state.withLock { $0.placements.count < limit } }

    /// Whether one more may be accepted.
    var hasRoom: Bool { state.withLock { $0.placements.count < limit + Self.probeReserve } }

    /// Counts a connection as soon as it is accepted. When it takes the last place of the reserve, the oldest one there
    /// is to close: it gets `ConnectionEvent.makeRoom`.
    func opened(_ channel: any Channel) {
        let (open, oldest) = state.withLock { state in
            let placement: Placement = state.placements.count < limit ? .within : .beyond
            state.placements[ObjectIdentifier(channel)] = placement
            guard placement == .beyond else { return (state.placements.count, nil as (any Channel)?) }
            state.beyond.append(channel)
            guard state.beyond.count >= Self.probeReserve else { return (state.placements.count, nil) }
            let oldest = state.beyond.removeFirst()
            state.placements[ObjectIdentifier(oldest)] = .displaced
            return (state.placements.count, oldest)
        }
        metrics.setConnections(open)
        oldest?.pipeline.fireUserInboundEventTriggered(ConnectionEvent.makeRoom)
    }

    /// Returns where an open connection stands.
    func placement(of channel: any Channel) -> Placement {
        state.withLock { $0.placements[ObjectIdentifier(channel)] ?? .displaced }
    }

    /// Returns whether accepting was suspended because of the limit until now.
    func closed(_ channel: any Channel) -> Bool {
        let (open, wasFull) = state.withLock { state in
            let wasFull = state.placements.count == limit + Self.probeReserve
            state.placements[ObjectIdentifier(channel)] = nil
            state.beyond.removeAll { $0 === channel }
            return (state.placements.count, wasFull)
        }
        metrics.setConnections(open)
        return wasFull
    }
}

enum ConnectionEvent {
    /// The connection is to close as soon as no request is being answered.
    case makeRoom
}
