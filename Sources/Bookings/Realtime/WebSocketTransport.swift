import NIOCore
import NIOWebSocket

/// A WebSocket: it carries a connection from the beginning, or takes one over from long-polling.
///
/// A connection lives on one event loop for good. One that upgrades may come to a socket of another loop: then what
/// it says crosses over, a batch at a time.
///
/// `@unchecked Sendable`: its own state is touched on its channel's loop, `unflushed` on the connection's.
final class WebSocketTransport: ChannelInboundHandler, EngineIOTransport, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private enum Role {
        /// Waits for the client's `5` before it carries the session.
        case probing(PollingTransport, timeout: any ScheduledAction)
        case carrying(SocketConnection)
        case closed
    }

    static let upgradeTimeout = Duration.seconds(10)

    let kind = SocketTransport.websocket
    private let channel: any Channel
    private let gateway: SocketGateway
    private let begin: (WebSocketTransport) -> Void
    private var role = Role.closed
    private var unflushed: [ByteBuffer] = []

    /// Opens a connection of its own.
    init(opening connection: SocketConnection, on channel: any Channel, gateway: SocketGateway) {
        self.channel = channel
        self.gateway = gateway
        begin = { transport in
            transport.role = .carrying(connection)
            connection.open(on: transport, upgrades: [])
        }
    }

    /// Probes, to take over the session; nil: it has been taken over before.
    init(probing polling: PollingTransport?, on channel: any Channel, gateway: SocketGateway) {
        self.channel = channel
        self.gateway = gateway
        begin = { transport in
            guard let polling else { return transport.closeChannel(.goingAway) }
            let timeout = gateway.clock.schedule(at: gateway.clock.now() + Self.upgradeTimeout) { [weak transport] in
                guard let transport else { return }
                transport.channel.eventLoop.execute { transport.giveUp() }
            }
            transport.role = .probing(polling, timeout: timeout)
        }
    }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) {
        begin(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch role {
        case .carrying(let connection): on(connection) { $0.transportClosed() }
        case .probing(let polling, let timeout):
            timeout.cancel()
            polling.loop.execute { polling.probeEnded() }
        case .closed: break
        }
        role = .closed
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            guard let text = String(validating: frame.unmaskedData.readableBytesView, as: UTF8.self) else {
                return closeChannel(.dataInconsistentWithMessage)
            }
            receive(text)
        case .binary:
            guard case .carrying(let connection) = role else { return closeChannel(.goingAway) }
            on(connection) { $0.receiveBinary() }
        case .ping:
            channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData), promise: nil)
        case .connectionClose: channel.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        closeChannel(.goingAway)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if channel.isWritable, case .carrying(let connection) = role { on(connection) { $0.transportIsWritable() } }
        context.fireChannelWritabilityChanged()
    }

    private func receive(_ text: String) {
        switch role {
        case .carrying(let connection): on(connection) { $0.receive(text: text) }
        case .probing(let polling, let timeout):
            switch text {
            case "2probe":
                channel.writeAndFlush(Self.frame(ByteBuffer(string: "3probe")), promise: nil)
                polling.loop.execute { polling.probeBegan() }
            case "5":
                timeout.cancel()
                role = .carrying(polling.connection)
                polling.loop.execute { polling.handOver(to: self) }
            default: closeChannel(.goingAway)
            }
        case .closed: break
        }
    }

    /// At once where both are at home; else as soon as the connection's loop comes to it.
    private func on(_ connection: SocketConnection, _ work: @escaping @Sendable (SocketConnection) -> Void) {
        let loop = connection.shard.loop
        if loop.inEventLoop { return work(connection) }
        gateway.ledger.enter(.delivery)
        loop.execute { [gateway] in
            work(connection)
            gateway.ledger.leave(.delivery)
        }
    }

    private func giveUp() {
        if case .probing = role { closeChannel(.goingAway) }
    }

    // MARK: - From the connection

    var isWritable: Bool { channel.isWritable }

    func send(_ packet: ByteBuffer) {
        if channel.eventLoop.inEventLoop {
            channel.write(Self.frame(packet), promise: nil)
        } else {
            unflushed.append(packet)
        }
    }

    func flush() {
        if channel.eventLoop.inEventLoop { return channel.flush() }
        guard !unflushed.isEmpty else { return }
        let packets = unflushed
        unflushed = []
        gateway.ledger.enter(.delivery)
        channel.eventLoop.execute { [channel, gateway] in
            for packet in packets { channel.write(Self.frame(packet), promise: nil) }
            channel.flush()
            gateway.ledger.leave(.delivery)
        }
    }

    func close(_ code: WebSocketErrorCode) {
        flush()
        if channel.eventLoop.inEventLoop { return closeChannel(code) }
        channel.eventLoop.execute { self.closeChannel(code) }
    }

    private func closeChannel(_ code: WebSocketErrorCode) {
        guard channel.isActive else { return }
        var data = channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data), promise: nil)
        channel.close(promise: nil)
    }

    private static func frame(_ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: data)
    }
}
