import Bookings

/// Decides when a connection to Redis is opened, used, closed and opened again, and what is logged about it.
///
/// Pure: it reads no clock, draws no random numbers and does no I/O. `RedisConnection` performs the actions.
struct RedisConnectionState {
    enum Phase: Hashable, Sendable {
        /// Exits: `connecting` by `start`, `stopped`.
        case idle
        /// The connection is opened, and its first commands are answered. Exits: `ready`, `backingOff`, `stopped`.
        case connecting
        /// Requests are sent. Exits: `backingOff`, `stopped`.
        case ready
        /// Exits: `connecting` by `start` after the delay, `stopped`.
        case backingOff
        /// Final.
        case stopped
    }

    /// What `RedisConnection` has to do.
    enum Action: Hashable, Sendable {
        case none
        case connect
        /// Use the connection, and send heartbeats on it.
        case serve(logsRecovery: Bool)
        /// Close the connection; `ended` follows.
        case close(logsOutage: Bool)
        /// Call `start` after the delay.
        case backOff(Duration, logsOutage: Bool)
    }

    private(set) var phase = Phase.idle
    /// Why the connection is not ready, in words that may be shown to anyone.
    private(set) var reason = Self.cannotBeReached
    private var backoff = ReconnectBackoff()
    /// An outage is logged once, by its begin and its end.
    private var isOutageLogged = false
    /// Redis refused commands although it can be reached. Until a heartbeat succeeds, a new connection is no recovery.
    private var isRefusing = false

    private static let cannotBeReached = "cannot be reached"

    /// Begins to connect.
    mutating func start() -> Action {
        guard phase != .stopped else { return .none }
        phase = .connecting
        return .connect
    }

    /// Redis has accepted the first commands of a connection.
    mutating func accepted() -> Action {
        guard phase != .stopped else { return .close(logsOutage: false) }
        phase = .ready
        guard !isRefusing else { return .serve(logsRecovery: false) }
        backoff.reset()
        defer { isOutageLogged = false }
        return .serve(logsRecovery: isOutageLogged)
    }

    /// Redis has refused one of the first commands of a connection.
    mutating func rejected(reason: String) -> Action {
        self.reason = reason
        return .close(logsOutage: logOutage())
    }

    /// Redis has answered a command by an error that says that it does not work as a whole. The caller logs it.
    mutating func refused(_ refusal: RedisRefusal) -> Action {
        guard refusal.endsConnection else { return .none }
        isRefusing = true
        reason = refusal.rawValue
        return phase == .ready ? .close(logsOutage: false) : .none
    }

    /// Redis has done what a heartbeat asked for.
    mutating func heartbeatSucceeded() {
        guard isRefusing else { return }
        backoff.reset()
        (isRefusing, isOutageLogged) = (false, false)
    }

    /// The connection has ended, or could not be opened.
    ///
    /// - Parameters:
    ///   - wasOpened: whether Redis could be reached.
    ///   - jitter: a random number from 0 to 1.
    mutating func ended(wasOpened: Bool, jitter: Double) -> Action {
        guard phase != .stopped else { return .none }
        if !wasOpened || phase == .ready && !isRefusing { reason = Self.cannotBeReached }
        phase = .backingOff
        return .backOff(backoff.fail(jitter: jitter), logsOutage: logOutage())
    }

    /// Ends the connection for good.
    mutating func stop() -> Action {
        defer { phase = .stopped }
        return phase == .ready ? .close(logsOutage: false) : .none
    }

    private mutating func logOutage() -> Bool {
        guard phase != .stopped, !isRefusing, !isOutageLogged else { return false }
        isOutageLogged = true
        return true
    }
}
