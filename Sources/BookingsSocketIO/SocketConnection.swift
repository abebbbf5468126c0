import Bookings
import NIOCore

/// One client: carries packets between its transport and its session. `SocketConnection+Connect` answers its CONNECT,
/// `SocketConnection+Events` sends its events.
///
/// `@unchecked Sendable`: it lives on its shard's event loop, and crosses threads only to come back to it.
final class SocketConnection: TimedSession, @unchecked Sendable {
    let gateway: SocketGateway
    let shard: SocketShard
    /// The Engine.IO session's id, which is a secret.
    let id: String
    let number: Int
    /// Where the client connects from.
    let network: ClientNetwork
    /// The token of the first request, for clients that send none with CONNECT.
    let requestToken: String?
    /// Nil before it opens and after it closed.
    private(set) var transport: (any EngineIOTransport)?
    var session: SocketIOSession
    var connecting = ConnectProgress()
    var delivery = EventDelivery()

    /// `remoteAddress`: the IP address of the channel's other end; nil when it has none.
    init(gateway: SocketGateway, shard: SocketShard, requestToken: String?, remoteAddress: String? = nil) {
        self.gateway = gateway
        self.shard = shard
        self.requestToken = requestToken
        network = ClientNetwork(remoteAddress)
        (number, id) = gateway.makeTransportID()
        session = SocketIOSession(timing: gateway.options.heartbeat, at: gateway.clock.elapsed())
    }

    // MARK: - The transport

    func open(on transport: any EngineIOTransport, upgrades: [String]) {
        self.transport = transport
        gateway.metrics.socketOpened(transport.kind)
        shard.opened(self)
        send(
            SocketIOText.open(
                sid: id, upgrades: upgrades, timing: gateway.options.heartbeat,
                maxPayload: gateway.options.maxPayload))
        settle()
        if gateway.isShutDown { closeTransport(.server) }
    }

    /// Goes on over another transport. What the old one still held goes first.
    func upgrade(to next: any EngineIOTransport, with unsent: [ByteBuffer]) {
        guard let transport else { return next.close(.server) }
        gateway.metrics.socketClosed(transport.kind)
        gateway.metrics.socketOpened(next.kind)
        self.transport = next
        for packet in unsent { next.send(packet) }
        flush()
        advanceDelivery()
    }

    /// The transport is gone, by whosever will.
    func transportClosed() {
        guard let transport else { return }
        self.transport = nil
        shard.timer.remove(self)
        perform(delivery.leave())
        shard.closed(self)
        gateway.forget(self)
        gateway.metrics.socketClosed(transport.kind)
    }

    /// Closes the transport, and says nothing on the Socket.IO level: clients reconnect by themselves.
    func closeTransport(_ end: SessionEnd) {
        guard let transport else { return }
        transportClosed()
        transport.close(end)
    }

    // MARK: - The session

    func receive(_ packets: some Sequence<EngineIOPacket>) {
        for packet in packets {
            guard transport != nil else { return }
            perform(session.receive(packet, at: gateway.clock.elapsed()))
            if !session.isAuthenticating { takeBackComeback() }
        }
        settle()
    }

    func deadlineReached() {
        guard transport != nil else { return }
        perform(session.tick(at: gateway.clock.elapsed(), wallTime: gateway.clock.now()))
        settle()
    }

    func perform(_ actions: [SocketIOSession.Action]) {
        for action in actions {
            switch action {
            case .send(let text): send(text)
            case .authenticate(let request): authenticate(request)
            case .leave: leave()
            case .close(let end): closeTransport(end)
            }
        }
    }

    /// Lets go out what was sent, and sets the next deadline. Ends each turn that the session had.
    func settle() {
        flush()
        guard transport != nil else { return }
        shard.timer.set(self, deadline: session.deadline, expiry: session.expiresAt)
    }

    // MARK: - Writing

    func send(_ text: String) {
        write(ByteBuffer(string: text))
    }

    func write(_ packet: ByteBuffer) {
        guard let transport else { return }
        transport.send(packet)
        // A WebSocket that is not read is not read from either; what one reading brought may still be answered.
        if transport.waitingBytes > gateway.options.backlog.mostUnwrittenBytes + SocketBacklog.answersOfOneReading {
            closeTransport(.server)
        }
    }

    func flush() {
        if !delivery.holdsOutput { transport?.flush() }
    }
}
