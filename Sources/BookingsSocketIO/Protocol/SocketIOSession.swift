import Bookings

/// One client's Engine.IO session with the Socket.IO connection in it: `(state, input) -> actions`, without I/O.
struct SocketIOSession: Sendable {
    enum Action: Hashable, Sendable {
        /// One Engine.IO packet as text.
        case send(String)
        /// A CONNECT to `/` came: find out who it is, then say `accept` or `refuse`.
        case authenticate(ConnectRequest)
        /// The client left the namespace: it gets no more events.
        case leave
        /// The transport is to be closed, without a goodbye on the level of Socket.IO.
        case close(SessionEnd)
    }

    /// What a CONNECT asks for.
    struct ConnectRequest: Hashable, Sendable {
        /// `auth.token`; nil when absent or null.
        var token: JSONValue?
        /// `auth.after`; nil when absent or null.
        var after: JSONValue?
        /// `auth.pid` and `auth.offset` of state recovery; nil when absent or null.
        var pid: JSONValue?
        var offset: JSONValue?
    }

    private enum State: Hashable {
        /// No CONNECT yet: at most until then.
        case opened(until: Duration)
        case authenticating
        case connected
        case closed
    }

    private let timing: HeartbeatTiming
    private var state: State
    private var missingAttachments = 0
    private var nextPing: Duration
    private var pongDue: Duration?
    /// The token's `exp`: no leeway for sockets. Nil for never.
    private(set) var expiresAt: Timestamp?

    /// `now`: elapsed time, as everywhere here but for the token's `exp`, which the wall clock decides.
    init(timing: HeartbeatTiming, at now: Duration) {
        self.timing = timing
        state = .opened(until: now + timing.connectTimeout)
        nextPing = now + timing.pingInterval
    }

    var isConnected: Bool { state == .connected }
    /// A CONNECT waits for the gateway's answer.
    var isAuthenticating: Bool { state == .authenticating }

    /// When `tick` wants to be called next; besides at `expiresAt`.
    var deadline: Duration {
        let deadline = pongDue ?? nextPing
        if case .opened(let until) = state { return min(deadline, until) }
        return deadline
    }

    /// `wallTime` tells whether the token has expired.
    mutating func tick(at now: Duration, wallTime: Timestamp) -> [Action] {
        if let expiresAt, wallTime >= expiresAt { return close(.server) }
        if case .opened(let until) = state, now >= until { return close(.server) }
        if let pongDue { return now >= pongDue ? close(.server) : [] }
        guard now >= nextPing else { return [] }
        pongDue = now + timing.pingTimeout
        return [.send(SocketIOText.ping)]
    }

    // MARK: - From the client

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

    /// No attachment is still to come.
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
            // A goodbye takes back a CONNECT under way; to a namespace that is not open it harms nobody.
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
                .send(SocketIOText.connectError(namespace: packet.namespace, message: "Invalid namespace", data: nil))
            ]
        }
        guard case .opened = state else { return close(.protocolError) }
        state = .authenticating
        func given(_ name: String) -> JSONValue? {
            let value = packet.payload?[name]
            return value == .null ? nil : value
        }
        let request = ConnectRequest(
            token: given("token"), after: given("after"), pid: given("pid"), offset: given("offset"))
        return [.authenticate(request)]
    }

    // MARK: - From the gateway

    /// The caller may come in. `pid`: nil when state recovery is off; `expiresAt`: nil for a socket without a token.
    mutating func accept(sid: String, pid: String? = nil, expiresAt: Timestamp?) -> [Action] {
        guard state == .authenticating else { return [] }
        state = .connected
        self.expiresAt = expiresAt
        return [.send(SocketIOText.connected(sid: sid, pid: pid))]
    }

    /// The caller may not come in, but try again within the connect timeout.
    mutating func refuse(message: String, data: [UInt8], at now: Duration) -> [Action] {
        guard state == .authenticating else { return [] }
        state = .opened(until: now + timing.connectTimeout)
        return [.send(SocketIOText.connectError(namespace: "/", message: message, data: data))]
    }

    private mutating func close(_ end: SessionEnd) -> [Action] {
        guard state != .closed else { return [] }
        state = .closed
        return [.close(end)]
    }
}

/// Why a session ends, which decides what its client is told.
enum SessionEnd: Hashable, Sendable {
    /// The token expired, the heartbeat stopped, the replica ends, or the client reads too slowly: it is to reconnect
    /// by itself. A WebSocket ends without a close frame, which the Java client would take for silence, and a waiting
    /// poll gets an error status, since python-socketio takes a close packet for the wish that it stay away.
    case server
    /// The client sent what the protocol does not allow.
    case protocolError
    /// The client closes.
    case client
}
