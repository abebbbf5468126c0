import Bookings
import Synchronization

/// Socket.IO connection state recovery: lets a client come back as the socket it was, by what the client itself holds.
///
/// A `pid` is the socket's id, sealed for its subject. Every replica can open it, and none keeps anything of a socket
/// that is gone: what was missed lies in the event log, and the rooms are those of the token that comes with the `pid`.
final class StateRecovery: Sendable {
    private let cursorCipher: CursorCipher
    /// Sockets whose clients said goodbye here, which ends what could be recovered.
    private let goodbyes = Mutex(RecentSet<String>(capacity: 10_000))

    init(cursorCipher: CursorCipher) {
        self.cursorCipher = cursorCipher
    }

    /// `subject`: nil for a socket without a token.
    func pid(of socket: String, for subject: Subject?) -> String {
        cursorCipher.seal(Array(socket.utf8), context: Self.context(subject))
    }

    /// The id of the socket that a `pid` names; nil when it was not made for this subject, or its client left.
    func socket(named pid: String, for subject: Subject?) -> String? {
        guard let bytes = cursorCipher.open(pid, context: Self.context(subject)),
            let socket = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return goodbyes.withLock { $0.contains(socket) } ? nil : socket
    }

    /// The client of this socket said goodbye.
    func left(_ socket: String) {
        goodbyes.withLock { $0.insert(socket) }
    }

    private static func context(_ subject: Subject?) -> [UInt8] {
        Array((subject.map { "recovery of subject \($0.text)" } ?? "recovery of nobody known").utf8)
    }
}
