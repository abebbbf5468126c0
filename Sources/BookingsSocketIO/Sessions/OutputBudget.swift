import Bookings
import Synchronization

/// Limits the bytes that wait for all clients together. Above the limit, the session for which most of them wait is closed:
/// its client reconnects and resumes.
///
/// The limit for one client is `SocketBacklog.maxUnwrittenBytes`.
final class OutputBudget: Sendable {
    private struct State {
        var total = 0
        var waiting: [ObjectIdentifier: (bytes: Int, connection: SocketConnection)] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// The bytes that wait for all sessions together.
    var total: Int { state.withLock(\.total) }

    /// Sets the number of bytes that wait for a session. Called on any thread.
    func set(_ bytes: Int, for connection: SocketConnection) {
        let largest = state.withLock { state -> SocketConnection? in
            let id = ObjectIdentifier(connection)
            let before = state.waiting[id]?.bytes ?? 0
            state.total += bytes - before
            state.waiting[id] = bytes > 0 ? (bytes, connection) : nil
            guard state.total > limit, bytes > before,
                let (largestID, largest) = state.waiting.max(by: { $0.value.bytes < $1.value.bytes })
            else { return nil }
            state.total -= largest.bytes
            state.waiting[largestID] = nil
            return largest.connection
        }
        guard let largest else { return }
        largest.shard.loop.execute { largest.closeTransport(.server) }
    }
}
