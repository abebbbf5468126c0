import Bookings
import Synchronization

/// The open sessions of a replica, on any event loop.
final class SocketSessions: Sendable {
    private struct State {
        var table: SessionTable
        var connections: [Int: SocketConnection] = [:]
        /// The sessions that began with long-polling, by the bytes of their ids: `String` compares by canonical
        /// equivalence, ids compare by bytes.
        var polling: [[UInt8]: PollingTransport] = [:]
        /// Polling sessions that their clients closed while no poll waited: a poll may have been overtaken by the close.
        var closedByClient = RecentSet<[UInt8]>(capacity: 5_000)
    }

    private let state: Mutex<State>

    init(limits: SessionTable.Limits) {
        state = Mutex(State(table: SessionTable(limits)))
    }

    var count: Int { state.withLock(\.table.count) }

    /// Registers a new session, and closes the one that it replaces, if any. Returns `false` when there is no room.
    func register(_ connection: SocketConnection) -> Bool {
        let (isAccepted, replaced) = state.withLock { state -> (Bool, SocketConnection?) in
            switch state.table.open(connection.number, from: connection.network) {
            case .refused: return (false, nil)
            case .accepted:
                state.connections[connection.number] = connection
                return (true, nil)
            case .replaces(let other):
                state.connections[connection.number] = connection
                return (true, state.connections.removeValue(forKey: other))
            }
        }
        if let replaced { replaced.shard.loop.execute { replaced.closeTransport(.server) } }
        return isAccepted
    }

    func set(_ standing: SessionTable.Standing, for connection: SocketConnection) {
        state.withLock { $0.table.set(connection.number, standing) }
    }

    func add(_ transport: PollingTransport) {
        state.withLock { $0.polling[Array(transport.connection.id.utf8)] = transport }
    }

    /// Returns the long-polling transport of a session, or `nil` when the id is not that of an open session.
    func polling(_ id: String) -> PollingTransport? {
        state.withLock { $0.polling[Array(id.utf8)] }
    }

    func remove(_ connection: SocketConnection) {
        state.withLock { state in
            state.table.close(connection.number)
            state.connections[connection.number] = nil
            state.polling[Array(connection.id.utf8)] = nil
        }
    }

    /// Remembers that the client closed this polling session while no poll waited.
    func rememberClosedByClient(_ id: String) {
        state.withLock { $0.closedByClient.insert(Array(id.utf8)) }
    }

    /// Returns whether a poll of an unknown session was overtaken by the client's own close. Returns `true` only once.
    func takeClosedByClient(_ id: String) -> Bool {
        state.withLock { $0.closedByClient.remove(Array(id.utf8)) }
    }
}
