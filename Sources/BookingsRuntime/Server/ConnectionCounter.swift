import Bookings
import NIOCore
import Synchronization

/// Counts open connections and compares their number with the limit.
///
/// Beyond the limit a few more are accepted, which serve probes and metrics alone. The oldest of them is closed for the
/// next one, so that clients that send nothing do not keep probes out.
final class ConnectionCounter: Sendable {
    /// The number of connections beyond the limit that serve probes.
    static let probeReserve = 8

    /// How a connection relates to the limit.
    enum Placement {
        /// It serves all routes. No exit: it stays within the limit until it closes.
        case within
        /// It serves probes alone. Exits: displaced.
        case beyond
        /// It was beyond the limit and is to close for a newer one. No exit.
        case displaced
    }

    private struct State {
        /// Every open connection by its channel.
        var placements: [ObjectIdentifier: Placement] = [:]
        /// The connections beyond the limit, oldest first.
        var beyond: [any Channel] = []
    }

    /// The number of connections that may use all routes.
    let limit: Int
    private let metrics: ServiceMetrics
    private let state = Mutex(State())

    init(limit: Int, metrics: ServiceMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// Whether no connection is open.
    var isEmpty: Bool { state.withLock(\.placements.isEmpty) }

    /// Whether the next connection is within the limit.
    var isBelowLimit: Bool { state.withLock { $0.placements.count < limit } }

    /// Whether one more may be accepted.
    var hasRoom: Bool { state.withLock { $0.placements.count < limit + Self.probeReserve } }

    /// Counts a connection that was accepted. When it is the last one that the reserve holds, the oldest one of the reserve
    /// receives `ConnectionEvent.makeRoom`.
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

    /// Returns how an open connection relates to the limit.
    func placement(of channel: any Channel) -> Placement {
        state.withLock { $0.placements[ObjectIdentifier(channel)] ?? .displaced }
    }

    /// Counts a connection that was closed.
    ///
    /// - Returns: Whether accepting was suspended because of the limit, so that it is to be resumed.
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

/// An event that the server sends into the pipeline of a connection.
enum ConnectionEvent {
    /// The connection is to close as soon as no response is due.
    case makeRoom
}
