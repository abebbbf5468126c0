import Bookings

/// The progress of one client's CONNECT requests.
struct ConnectProgress {
    /// A client that asks to become the socket that it was before.
    struct RecoveryAttempt {
        let admission: Admission
        let socket: String
        /// `auth.after` of the CONNECT, for the case that the socket cannot be recovered.
        let after: JSONValue?
    }

    /// What is needed until a CONNECT is accepted. It is an object of its own, because a connected socket is idle for most of
    /// its life, and a token alone may be a kilobyte.
    private final class Unfinished {
        var request: SocketIOSession.ConnectRequest?
        var isVerifying = false
        var recovery: RecoveryAttempt?
    }

    /// The Socket.IO id of the connected socket; `nil` before there is one.
    private(set) var socket: String?
    /// The number of sockets that were created for this client.
    var sockets = 0
    /// The number of CONNECTs.
    private(set) var attempts = 0
    private var unfinished: Unfinished?

    /// The newest CONNECT; `nil` once it is accepted.
    var request: SocketIOSession.ConnectRequest? { unfinished?.request }

    /// One token is verified at a time, however often the client withdraws its CONNECT.
    var isVerifying: Bool {
        get { unfinished?.isVerifying ?? false }
        set { unfinished?.isVerifying = newValue }
    }

    /// The recovery that waits for the log; `nil` when there is none.
    var recovery: RecoveryAttempt? {
        get { unfinished?.recovery }
        set { unfinished?.recovery = newValue }
    }

    /// A CONNECT has come.
    mutating func begin(_ request: SocketIOSession.ConnectRequest) {
        attempts += 1
        if unfinished == nil { unfinished = Unfinished() }
        unfinished?.request = request
    }

    /// The newest CONNECT was accepted.
    mutating func finish(as socket: String) {
        self.socket = socket
        unfinished = nil
    }
}
