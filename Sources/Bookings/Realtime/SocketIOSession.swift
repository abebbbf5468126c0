/// One client's Engine.IO session with the Socket.IO connection in it: `(state, input) -> actions`, without I/O.
struct SocketIOSession: Sendable {
    enum Action: Hashable, Sendable {
        /// One Engine.IO packet as text.
        case send(String)
        /// A CONNECT to `/` came: find out who it is, then say `accept` or `refuse`.
        case authenticate(ConnectRequest)
        /// The client left the namespace: it gets no more events.
        case leave
        /// The transport is to be closed, without a goodbye.
        case close
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
        /// No CONNECT yet: at most until the instant.
        case opened(until: Timestamp)
        case authenticating
        case connected
        case closed
    }

    private let timing: HeartbeatTiming
    private var state: State
    private var missingAttachments = 0
    private var nextPing: Timestamp
    private var pongDue: Timestamp?
    /// The token's `exp`: no leeway for sockets.
    private var expiresAt: Timestamp?

    init(timing: HeartbeatTiming, at now: Timestamp) {
        self.timing = timing
        state = .opened(until: now + timing.connectTimeout)
        nextPing = now + timing.pingInterval
    }

    var isConnected: Bool { state == .connected }
    /// A CONNECT waits for the gateway's answer.
    var isAuthenticating: Bool { state == .authenticating }

    /// When `tick` wants to be called next.
    var deadline: Timestamp {
        var deadline = pongDue ?? nextPing
        if case .opened(let until) = state { deadline = min(deadline, until) }
        return min(deadline, expiresAt ?? deadline)
    }

    mutating func tick(at now: Timestamp) -> [Action] {
        if let expiresAt, now >= expiresAt { return close() }
        if case .opened(let until) = state, now >= until { return close() }
        if let pongDue { return now >= pongDue ? close() : [] }
        guard now >= nextPing else { return [] }
        pongDue = now + timing.pingTimeout
        return [.send(SocketIOText.ping)]
    }

    // MARK: - From the client

    mutating func receive(text: String, at now: Timestamp) -> [Action] {
        guard state != .closed, missingAttachments == 0, let type = text.utf8.first else { return close() }
        switch type {
        case UInt8(ascii: "3"):
            pongDue = nil
            nextPing = now + timing.pingInterval
            return []
        case UInt8(ascii: "4"):
            guard let packet = SocketIOPacket(text.dropFirst()) else { return close() }
            return receive(packet, at: now)
        case UInt8(ascii: "6"): return []
        default: return close()
        }
    }

    mutating func receiveBinary() -> [Action] {
        guard state == .connected, missingAttachments > 0 else { return close() }
        missingAttachments -= 1
        return []
    }

    private mutating func receive(_ packet: SocketIOPacket, at now: Timestamp) -> [Action] {
        if packet.kind == .connect { return receiveConnect(packet) }
        guard state == .connected, packet.namespace == "/" else {
            guard packet.kind == .disconnect else { return close() }
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
        case .connect, .connectError: return close()
        }
    }

    private mutating func receiveConnect(_ packet: SocketIOPacket) -> [Action] {
        guard packet.namespace == "/" else {
            return [
                .send(SocketIOText.connectError(namespace: packet.namespace, message: "Invalid namespace", data: nil))
            ]
        }
        guard case .opened = state else { return close() }
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
    mutating func refuse(message: String, data: [UInt8], at now: Timestamp) -> [Action] {
        guard state == .authenticating else { return [] }
        state = .opened(until: now + timing.connectTimeout)
        return [.send(SocketIOText.connectError(namespace: "/", message: message, data: data))]
    }

    private mutating func close() -> [Action] {
        guard state != .closed else { return [] }
        state = .closed
        return [.close]
    }
}
