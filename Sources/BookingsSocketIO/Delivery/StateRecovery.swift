import Bookings
import Synchronization

/// Connection state recovery of Socket.IO: a client that reconnects becomes the same socket again, by what it holds.
///
/// A `pid` is the socket's id, encrypted for the socket's subject. Every replica can decrypt it, and none keeps anything
/// of a socket that is gone: missed events are in the log, and the rooms are those of the token that comes with the `pid`.
final class StateRecovery: Sendable {
    private let cursorCipher: CursorCipher
    /// Sockets whose clients disconnected from this replica, which ends their recovery.
    private let disconnected = Mutex(RecentSet<String>(capacity: 10_000))

    init(cursorCipher: CursorCipher) {
        self.cursorCipher = cursorCipher
    }

    /// Returns the `pid` of a socket. `subject`: `nil` for a socket without a token.
    func pid(of socket: String, for subject: Subject?) -> String {
        cursorCipher.seal(Array(socket.utf8), context: Self.context(subject))
    }

    /// Returns the id of the socket that a `pid` names, or `nil` when it was made for another subject or its client
    /// disconnected.
    func socket(ofPID pid: String, for subject: Subject?) -> String? {
        guard let bytes = cursorCipher.open(pid, context: Self.context(subject)),
            let socket = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return disconnected.withLock { $0.contains(socket) } ? nil : socket
    }

    /// The client of this socket disconnected: the socket cannot be recovered any more.
    func clientDisconnected(_ socket: String) {
        disconnected.withLock { $0.insert(socket) }
    }

    private static func context(_ subject: Subject?) -> [UInt8] {
        Array((subject.map { "recovery of subject \($0.text)" } ?? "recovery without a subject").utf8)
    }
}
