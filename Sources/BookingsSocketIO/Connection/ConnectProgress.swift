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

    /// The Socket.IO id of the connected socket; `nil` before there is one.
    var socket: String?
    /// The number of sockets that were created for this client.
    var sockets = 0
    /// The newest CONNECT.
    var request: SocketIOSession.ConnectRequest?
    /// The number of CONNECTs.
    var attempts = 0
    /// One token is verified at a time, however often the client withdraws its CONNECT.
    var isVerifying = false
    /// The recovery that waits for the log; `nil` when there is none.
    var recovery: RecoveryAttempt?
}
