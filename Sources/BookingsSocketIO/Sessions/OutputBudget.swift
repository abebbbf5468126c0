import Bookings
import Synchronization

/// Bounds the bytes that wait for all clients of the process together. When they are too many, the session that holds
/// most is closed: its client reconnects and resumes.
///
/// The bound for one client is `SocketBacklog.mostUnwrittenBytes`.
final class OutputBudget: Sendable {
    private struct State {
        var total = 0
        var held: [ObjectIdentifier: (bytes: Int, connection: SocketConnection)] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// The bytes that wait now, over all sessions.
    var total: Int { state.withLock(\.total) }

    /// So many bytes wait for this session now. To be called on any thread.
    func set(_ bytes: Int, for connection: SocketConnection) {
        let largest = state.withLock { state -> SocketConnection? in
            let id = ObjectIdentifier(connection)
            let before = state.held[id]?.bytes ?? 0
            state.total += bytes - before
            state.held[id] = bytes > 0 ? (bytes, connection) : nil
            guard state.total > limit, bytes > before,
                let (largestID, largest) = state.held.max(by: { $0.value.bytes < $1.value.bytes })
            else { return nil }
            state.total -= largest.bytes
            state.held[largestID] = nil
            return largest.connection
        }
        guard let largest else { return }
        largest.shard.loop.execute { largest.closeTransport(.server) }
    }
}
