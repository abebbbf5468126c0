import Bookings
import NIOCore

/// One client: carries packets between its transport and its session.
///
/// `SocketConnection+Connect` handles its CONNECT, `SocketConnection+Events` sends its events. Every turn of the event
/// loop that the session gets ends with `settle`.
///
/// `@unchecked Sendable`: it is used on its shard's event loop, and crosses threads only to come back to it.
final class SocketConnection: TimedSession, @unchecked Sendable {
    let gateway: SocketGateway
    let shard: SocketShard
    /// The Engine.IO session id, which is a secret.
    let id: String
    /// The number of the session among those of this replica.
    let number: Int
    /// The network that the client connects from.
    let network: ClientNetwork
    /// The token of the first HTTP request, for clients that send none with CONNECT.
    let requestToken: String?
    /// `nil` before it opens and after it closed.
    private(set) var transport: (any EngineIOTransport)?
    var session: SocketIOSession
    var connect = ConnectProgress()
    var delivery = EventDelivery()

    /// `remoteAddress`: the IP address of the channel's other end; `nil` when it has none.
    init(gateway: SocketGateway, shard: SocketShard, requestToken: String?, remoteAddress: String? = nil) {
        self.gateway = gateway
        self.shard = shard
        self.requestToken = requestToken
        network = ClientNetwork(remoteAddress)
        (number, id) = gateway.identifiers.makeTransport()
        session = SocketIOSession(timing: gateway.options.heartbeat, at: gateway.clock.elapsed())
    }

    // MARK: - Transport

    /// Opens the session on its first transport. `upgrades`: the transports that it can move to.
    func open(on transport: any EngineIOTransport, upgrades: [String]) {
        self.transport = transport
        gateway.metrics.socketOpened(transport.kind)
        shard.add(self)
        send(
            SocketIOEncoder.open(
                sid: id, upgrades: upgrades, timing: gateway.options.heartbeat,
                maxPayload: gateway.options.maxPayload))
        settle()
        if gateway.isShutDown { closeTransport(.server) }
    }

    /// Continues on another transport. `unsent`: the packets that the old one still held, which are sent first.
    func upgrade(to next: any EngineIOTransport, with unsent: [ByteBuffer]) {
        guard let transport else { return next.close(.server) }
        gateway.metrics.socketClosed(transport.kind)
        gateway.metrics.socketOpened(next.kind)
        self.transport = next
        for packet in unsent { next.send(FramedPacket(packet)) }
        flush()
        advanceDelivery()
    }

    /// The transport is closed, by either side: the session ends.
    func transportClosed() {
        guard let transport else { return }
        self.transport = nil
        shard.timer.remove(self)
        perform(delivery.leave())
        shard.remove(self)
        gateway.sessions.remove(self)
        gateway.metrics.socketClosed(transport.kind)
    }

    /// Closes the transport without a Socket.IO disconnect, so that the client reconnects by itself.
    func closeTransport(_ end: SessionEnd) {
        guard let transport else { return }
        transportClosed()
        transport.close(end)
    }

    // MARK: - Session

    func receive(_ packets: some Sequence<EngineIOPacket>) {
        for packet in packets {
            guard transport != nil else { return }
            perform(session.receive(packet, at: gateway.clock.elapsed()))
            if !session.isAuthenticating { abandonRecovery() }
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
            case .send(let packet): send(packet)
            case .authenticate(let request): authenticate(request)
            case .leave: leave()
            case .close(let end): closeTransport(end)
            }
        }
    }

    /// Flushes what was sent, and sets the next deadline.
    func settle() {
        flush()
        guard transport != nil else { return }
        shard.timer.set(self, deadline: session.deadline, expiry: session.expiresAt)
    }

    // MARK: - Output

    func send(_ packet: String) {
        send(FramedPacket(packet))
    }

    func send(_ packet: FramedPacket) {
        guard let transport else { return }
        transport.send(packet)
        // A client that does not read its responses is not read from either, so what waits can exceed the limit by the
        // responses to one read alone.
        let limit = gateway.options.backlog.maxUnwrittenBytes + SocketBacklog.responsesToOneRead
        if transport.waitingBytes > limit { closeTransport(.server) }
    }

    func flush() {
        if !delivery.holdsOutput { transport?.flush() }
    }
}
