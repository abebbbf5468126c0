import Bookings
import NIOCore
import NIOWebSocket

/// A WebSocket: it carries a connection from the beginning, or takes one over from long-polling.
///
/// A connection lives on one event loop for good. One that upgrades may come to a socket of another loop: then what
/// it says crosses over, a batch at a time, and no more is read meanwhile.
///
/// The last handler of its channel's pipeline. `@unchecked Sendable`: its own state is touched on its channel's loop,
/// `unflushed` on the connection's.
final class WebSocketTransport: ChannelDuplexHandler, EngineIOTransport, TimedSession, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private enum Role {
        /// Waits for the client's `5` before it carries the session.
        case probing(PollingTransport)
        case carrying(SocketConnection)
        case closed
    }

    private enum Input {
        case text(ByteBuffer)
        case binary
    }

    static let upgradeTimeout = Duration.seconds(10)
    /// What one reading brings at most. A reading is answered in one turn of the loop, which others wait for.
    private static let bytesOfOneReading = 16 << 10
    /// Packets of more bytes are parsed off the loop.
    private static let largestParsedOnLoop = 32 << 10

    /// More frames than one reading can bring, however small.
    private static let mostInput = 16 << 10

    let kind = SocketTransport.websocket
    private let channel: any Channel
    private let gateway: SocketGateway
    private let begin: (WebSocketTransport) -> Void
    private var role = Role.closed
    private var unflushed: [ByteBuffer] = []
    /// Bytes from `send` on until the system has taken them.
    private let waiting = UnwrittenBytes()
    private var reportedBytes = 0
    private var input: [Input] = []
    private var inputBytes = 0
    /// A batch of input is being parsed, or is with a connection on another loop.
    private var isHandling = false
    /// A `read` was asked for while none was to be made.
    private var owesRead = false
    private var isEnding = false

    /// Opens a connection of its own.
    init(opening connection: SocketConnection, on channel: any Channel, gateway: SocketGateway) {
        self.channel = channel
        self.gateway = gateway
        begin = { transport in
            guard gateway.register(connection) else { return transport.closeChannel() }
            transport.role = .carrying(connection)
            connection.open(on: transport, upgrades: [])
        }
    }

    /// Probes, to take over the session; nil: it has been taken over before.
    init(probing polling: PollingTransport?, on channel: any Channel, gateway: SocketGateway) {
        self.channel = channel
        self.gateway = gateway
        begin = { transport in
            guard let polling else { return transport.closeChannel() }
            transport.role = .probing(polling)
            transport.timer?.set(transport, deadline: gateway.clock.elapsed() + Self.upgradeTimeout)
        }
    }

    private var timer: SessionTimer? { gateway.shard(of: channel.eventLoop)?.timer }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) {
        let here = NIOLoopBound(self, eventLoop: context.eventLoop)
        let joined = JoinedWrites(waitingBytes: waiting) { here.value.outputWasTaken() }
        do {
            try context.pipeline.syncOperations.addHandler(joined, position: .first)
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 64, initial: 1024, maximum: Self.bytesOfOneReading))
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        } catch {
            return closeChannel()
        }
        begin(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// The channel is gone, or is about to go.
    private func end() {
        isEnding = true
        switch role {
        case .carrying(let connection):
            gateway.budget.set(0, for: connection)
            // A session that was about to come here ends too: its client has left the polls.
            on(connection) { if $0.transport === self { $0.transportClosed() } else { $0.closeTransport(.server) } }
        case .probing(let polling):
            timer?.remove(self)
            polling.loop.execute { polling.probeEnded() }
        case .closed: break
        }
        role = .closed
        input = []
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength: closeChannel(saying: .messageTooLarge)
        case is NIOWebSocketError: closeChannel(saying: .protocolError)
        case NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge: closeChannel(saying: .messageTooLarge)
        case is NIOWebSocketFrameAggregator.Error: closeChannel(saying: .protocolError)
        default: closeChannel()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The client is gone, or will read no answer: a WebSocket is never half closed (RFC 6455, section 7.1.1).
        if let event = event as? ChannelEvent, event == .inputClosed { return closeChannel() }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Input

    func read(context: ChannelHandlerContext) {
        if holdsInput { owesRead = true } else { context.read() }
    }

    /// Nothing is read while a batch is under way or while the client does not read what it is answered.
    private var holdsInput: Bool {
        isHandling || waiting.count >= gateway.options.backlog.mostUnwrittenBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The channel reads what is left when the client closes its side, asked or not.
        guard !isEnding, input.count < Self.mostInput else { return closeChannel() }
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            let text = frame.unmaskedData
            input.append(.text(text))
            inputBytes += text.readableBytes
        case .binary: input.append(.binary)
        case .ping: channel.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData), promise: nil)
        case .connectionClose:
            handleInput()
            answerClose(frame.unmaskedData)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handleInput()
        channel.flush()
        report()
        context.fireChannelReadComplete()
    }

    private func handleInput() {
        guard !isHandling, !isEnding, !input.isEmpty else { return }
        let (batch, bytes) = (input, inputBytes)
        (input, inputBytes) = ([], 0)
        guard bytes > Self.largestParsedOnLoop else { return handle(Self.packets(of: batch)) }
        isHandling = true
        gateway.inFlightWork.begin(.delivery)
        Task { [gateway, channel] in
            let packets = Self.packets(of: batch)
            channel.eventLoop.execute {
                self.isHandling = false
                self.handle(packets)
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    /// Nil for text that is no UTF-8.
    private static func packets(of batch: [Input]) -> [EngineIOPacket?] {
        batch.map { input in
            switch input {
            case .binary: .binary
            case .text(let text):
                text.readableBytesView.withUnsafeBytes { String(validating: $0, as: UTF8.self) } == nil
                    ? nil : EngineIOPacket(text.readableBytesView)
            }
        }
    }

    private func handle(_ packets: [EngineIOPacket?]) {
        var rest = packets[...]
        while case .probing(let polling) = role, let packet = rest.popFirst() { probe(packet, polling) }
        guard case .carrying(let connection) = role else { return }
        let valid = rest.prefix { $0 != nil }.compactMap(\.self)
        let hasInvalid = valid.count < rest.count
        guard !connection.shard.loop.inEventLoop else {
            connection.receive(valid)
            return handled(hasInvalid: hasInvalid)
        }
        isHandling = true
        gateway.inFlightWork.begin(.delivery)
        connection.shard.loop.execute { [gateway, channel] in
            connection.receive(valid)
            channel.eventLoop.execute {
                self.isHandling = false
                self.handled(hasInvalid: hasInvalid)
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    private func handled(hasInvalid: Bool) {
        if hasInvalid { return closeChannel(saying: .dataInconsistentWithMessage) }
        handleInput()
        readOn()
    }

    private func readOn() {
        guard owesRead, !holdsInput else { return }
        owesRead = false
        channel.read()
    }

    private func probe(_ packet: EngineIOPacket?, _ polling: PollingTransport) {
        switch packet {
        case .probe:
            channel.writeAndFlush(Self.frame(ByteBuffer(string: "3probe")), promise: nil)
            polling.loop.execute { polling.probeBegan() }
        case .upgrade:
            timer?.remove(self)
            role = .carrying(polling.connection)
            polling.loop.execute { polling.handOver(to: self) }
        default: closeChannel(saying: .protocolError)
        }
    }

    /// At once where both are at home; else as soon as the connection's loop comes to it.
    private func on(_ connection: SocketConnection, _ work: @escaping @Sendable (SocketConnection) -> Void) {
        let loop = connection.shard.loop
        if loop.inEventLoop { return work(connection) }
        gateway.inFlightWork.begin(.delivery)
        loop.execute { [gateway] in
            work(connection)
            gateway.inFlightWork.end(.delivery)
        }
    }

    /// The upgrade took too long.
    func deadlineReached() {
        if case .probing = role { closeChannel() }
    }

    // MARK: - Output

    var waitingBytes: Int { waiting.count }

    var isRead: Bool { true }

    func send(_ packet: ByteBuffer) {
        waiting.add(packet.readableBytes)
        unflushed.append(packet)
    }

    func flush() {
        guard !unflushed.isEmpty else { return }
        let packets = unflushed
        unflushed = []
        if channel.eventLoop.inEventLoop { return write(packets) }
        gateway.inFlightWork.begin(.delivery)
        channel.eventLoop.execute { [gateway] in
            self.write(packets)
            gateway.inFlightWork.end(.delivery)
        }
    }

    private func write(_ packets: [ByteBuffer]) {
        for packet in packets {
            channel.write(Self.frame(packet), promise: nil)
            waiting.remove(packet.readableBytes)
        }
        channel.flush()
        report()
    }

    /// The system has taken what was written.
    private func outputWasTaken() {
        if reportedBytes > 0 { report() }
        guard !isEnding, case .carrying(let connection) = role else { return }
        readOn()
        if waitingBytes == 0 { on(connection) { $0.transportTakesMore() } }
    }

    /// Tells the budget what waits, unless it is nothing, as ever.
    private func report() {
        let bytes = waitingBytes
        guard bytes != reportedBytes, !isEnding, case .carrying(let connection) = role else { return }
        reportedBytes = bytes
        gateway.budget.set(bytes, for: connection)
    }

    // MARK: - The end

    func close(_ end: SessionEnd) {
        flush()
        let code: WebSocketErrorCode? =
            switch end {
            case .server: nil
            case .protocolError: .protocolError
            case .client: .normalClosure
            }
        if channel.eventLoop.inEventLoop { return closeChannel(saying: code) }
        channel.eventLoop.execute { self.closeChannel(saying: code) }
    }

    /// `code` nil: ends the TCP connection without a close frame.
    private func closeChannel(saying code: WebSocketErrorCode? = nil) {
        guard !isEnding else { return }
        end()
        if let code {
            var data = channel.allocator.buffer(capacity: 2)
            data.write(webSocketErrorCode: code)
            channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data), promise: nil)
        }
        channel.close(promise: nil)
    }

    /// A client's close frame is answered with its code (RFC 6455, section 5.5.1); one without a code with none.
    private func answerClose(_ payload: ByteBuffer) {
        guard !isEnding else { return }
        var payload = payload
        switch (payload.readableBytes, payload.readWebSocketErrorCode()) {
        case (0, _):
            end()
            channel.writeAndFlush(
                WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer()), promise: nil)
            channel.close(promise: nil)
        case (_, let code?) where Self.mayBeSent(code): closeChannel(saying: code)
        default: closeChannel(saying: .protocolError)
        }
    }

    /// Codes that stand in close frames (RFC 6455, section 7.4).
    private static func mayBeSent(_ code: WebSocketErrorCode) -> Bool {
        switch UInt16(webSocketErrorCode: code) {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    private static func frame(_ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: data)
    }
}
