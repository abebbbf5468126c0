import Bookings

/// The Engine.IO session of one client with its Socket.IO connection. A pure state machine: `SocketConnection` performs its
/// actions.
struct SocketIOSession: Sendable {
    enum Action: Hashable, Sendable {
        /// Send an Engine.IO packet.
        case send(String)
        /// Authenticate a CONNECT to `/`, then call `accept` or `refuse`.
        case authenticate(ConnectRequest)
        /// Stop sending events: the client left the namespace.
        case leave
        /// Close the transport without a Socket.IO disconnect.
        case close(SessionEnd)
    }

    /// The members of the CONNECT payload that this server uses; absent ones and `null` are `nil`.
    struct ConnectRequest: Hashable, Sendable {
        /// `auth.token`
        var token: JSONValue?
        /// `auth.after`: the cursor of the last event that the client received.
        var after: JSONValue?
        /// `auth.pid` of state recovery.
        var pid: JSONValue?
        /// `auth.offset` of state recovery.
        var offset: JSONValue?
    }

    private enum State: Hashable {
        /// Waits for a CONNECT until the deadline. To `authenticating` by a CONNECT, to `closed`.
        case opened(until: Duration)
        /// To `connected` by `accept`, to `opened` by `refuse` or when the client withdraws its CONNECT, to `closed`.
        case authenticating
        /// To `opened` when the client leaves the namespace, to `closed`.
        case connected
        case closed
    }

    private let timing: HeartbeatTiming
    private var state: State
    /// The number of binary frames that the last packet announced and that have not come yet.
    private var missingAttachments = 0
    private var nextPing: Duration
    /// The deadline of the pong; `nil` when no ping waits for one.
    private var pongDue: Duration?
    /// When the token expires; `nil` for a socket without a token.
    private(set) var expiresAt: Timestamp?

    /// Creates a session that waits for CONNECT. `now`: elapsed time, as everywhere here except for the token's expiry,
    /// which is an instant of the wall clock.
    init(timing: HeartbeatTiming, at now: Duration) {
        self.timing = timing
        state = .opened(until: now + timing.connectTimeout)
        nextPing = now + timing.pingInterval
    }

    var isConnected: Bool { state == .connected }
    /// Whether a CONNECT waits for `accept` or `refuse`.
    var isAuthenticating: Bool { state == .authenticating }

    /// When `tick` is to be called next, besides at `expiresAt`.
    var deadline: Duration {
        let deadline = pongDue ?? nextPing
        if case .opened(let until) = state { return min(deadline, until) }
        return deadline
    }

    /// A deadline may have been reached.
    mutating func tick(at now: Duration, wallTime: Timestamp) -> [Action] {
        if let expiresAt, wallTime >= expiresAt { return close(.server) }
        if case .opened(let until) = state, now >= until { return close(.server) }
        if let pongDue { return now >= pongDue ? close(.server) : [] }
        guard now >= nextPing else { return [] }
        pongDue = now + timing.pingTimeout
        return [.send(SocketIOEncoder.ping)]
    }

    // MARK: - Input of the client

    mutating func receive(_ packet: EngineIOPacket, at now: Duration) -> [Action] {
        switch packet {
        case .close: return close(.client)
        case .binary: return receiveBinary()
        case .pong where awaitsText:
            pongDue = nil
            nextPing = now + timing.pingInterval
            return []
        case .message(let packet) where awaitsText: return receive(packet, at: now)
        case .noop where awaitsText: return []
        case .pong, .message, .noop, .ping, .probe, .upgrade, .malformed: return close(.protocolError)
        }
    }

    /// Whether a text packet is allowed: no attachment is still to come.
    private var awaitsText: Bool { state != .closed && missingAttachments == 0 }

    private mutating func receiveBinary() -> [Action] {
        guard state == .connected, missingAttachments > 0 else { return close(.protocolError) }
        missingAttachments -= 1
        return []
    }

    private mutating func receive(_ packet: SocketIOPacket, at now: Duration) -> [Action] {
        if packet.kind == .connect { return receiveConnect(packet) }
        guard state == .connected, packet.namespace == "/" else {
            guard packet.kind == .disconnect else { return close(.protocolError) }
            // A disconnect withdraws a CONNECT that is being authenticated; for another namespace it has no effect.
            if state == .authenticating, packet.namespace == "/" { state = .opened(until: now + timing.connectTimeout) }
            return []
        }
        switch packet.kind {
        case .disconnect:
            state = .opened(until: now + timing.connectTimeout)
            expiresAt = nil
            return [.leave]
        case .event, .ack, .binaryEvent, .binaryAck:
            missingAttachments = packet.attachments
            return []
        case .connect, .connectError: return close(.protocolError)
        }
    }

    private mutating func receiveConnect(_ packet: SocketIOPacket) -> [Action] {
        guard packet.namespace == "/" else {
            return [
                .send(
                    SocketIOEncoder.connectError(namespace: packet.namespace, message: "Invalid namespace", data: nil))
            ]
        }
        guard case .opened = state else { return close(.protocolError) }
        state = .authenticating
        func member(_ name: String) -> JSONValue? {
            let value = packet.payload?[name]
            return value == .null ? nil : value
        }
        let request = ConnectRequest(
            token: member("token"), after: member("after"), pid: member("pid"), offset: member("offset"))
        return [.authenticate(request)]
    }

    // MARK: - Input of the gateway

    /// Accepts the CONNECT.
    ///
    /// - Parameters:
    ///   - pid: `nil` when state recovery is disabled.
    ///   - expiresAt: `nil` for a socket without a token.
    mutating func accept(sid: String, pid: String? = nil, expiresAt: Timestamp?) -> [Action] {
        guard state == .authenticating else { return [] }
        state = .connected
        self.expiresAt = expiresAt
        return [.send(SocketIOEncoder.connected(sid: sid, pid: pid))]
    }

    /// Refuses the CONNECT; the client may send another one within the connect timeout.
    mutating func refuse(message: String, data: [UInt8], at now: Duration) -> [Action] {
        guard state == .authenticating else { return [] }
        state = .opened(until: now + timing.connectTimeout)
        return [.send(SocketIOEncoder.connectError(namespace: "/", message: message, data: data))]
    }

    private mutating func close(_ end: SessionEnd) -> [Action] {
        guard state != .closed else { return [] }
        state = .closed
        return [.close(end)]
    }
}
