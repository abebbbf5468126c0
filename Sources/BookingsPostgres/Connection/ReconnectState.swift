import Bookings

/// Decides what follows the end of a connection. Pure: it reads no clock and draws no random numbers.
struct ReconnectState {
    /// What the connection's thread has to do next.
    enum Action: Hashable, Sendable {
        case connect
        /// Connect after this time.
        case backOff(Duration)
    }

    private var backoff = ReconnectBackoff()
    /// Whether a pooler between this process and the server may give each transaction another session. Once true it
    /// stays true: a pooler may hand through the server's own process number.
    private(set) var isPooled = false

    /// Takes what a new connection found out about the session.
    mutating func configured(isPooled: Bool) {
        self.isPooled = self.isPooled || isPooled
    }

    /// Takes the end of a connection, or the failure to open one.
    ///
    /// - Parameters:
    ///   - error: `nil` when the connection was given up for a new one.
    ///   - hasAnswered: whether the database has answered a request on it. A connection that worked is replaced sooner.
    ///   - jitter: a random number from 0 to 1.
    mutating func ended(_ error: PostgresError?, hasAnswered: Bool, jitter: Double) -> Action {
        guard let error else { return .connect }
        if case .unprepared = error { isPooled = true }
        if hasAnswered { backoff.reset() }
        return .backOff(backoff.fail(jitter: jitter))
    }
}
