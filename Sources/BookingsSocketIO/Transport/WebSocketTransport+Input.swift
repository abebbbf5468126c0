import Bookings
import NIOCore
import NIOWebSocket

extension WebSocketTransport {
    func read(context: ChannelHandlerContext) {
        if input.mayRead(unwrittenBytes: unwritten.count) { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch input.receive(unwrapInboundIn(data)) {
        case .pong(let payload):
            write(.pong, payload)
        case .answerClose(let frame):
            handleInput()
            closeChannel(frame)
        case .closeChannel: closeChannel(nil)
        case nil: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handleInput()
        output.flush()
        reportUnwritten()
        context.fireChannelReadComplete()
    }

    // MARK: - Batches

    private func handleInput() {
        guard !isEnding, let batch = input.takeBatch() else { return }
        guard batch.isLarge else { return handle(batch.parse()) }
        gateway.inFlightWork.begin(.delivery)
        Task { [gateway, channel] in
            let packets = batch.parse()
            channel.eventLoop.execute {
                self.handle(packets)
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    private func handle(_ packets: [EngineIOPacket?]) {
        var rest = packets[...]
        while case .probing(let polling) = role, let packet = rest.popFirst() { probe(packet, polling) }
        guard case .carrying(let connection) = role else { return batchHandled(isValid: true) }
        let valid = rest.prefix { $0 != nil }.compactMap(\.self)
        let isValid = valid.count == rest.count
        guard !connection.shard.loop.inEventLoop else {
            connection.receive(valid)
            return batchHandled(isValid: isValid)
        }
        gateway.inFlightWork.begin(.delivery)
        connection.shard.loop.execute { [gateway, channel] in
            connection.receive(valid)
            channel.eventLoop.execute {
                self.batchHandled(isValid: isValid)
                gateway.inFlightWork.end(.delivery)
            }
        }
    }

    /// `isValid`: whether all text messages were UTF-8.
    private func batchHandled(isValid: Bool) {
        input.batchHandled()
        guard isValid else { return closeChannel(.code(.dataInconsistentWithMessage)) }
        handleInput()
        resumeReading()
    }

    func resumeReading() {
        if input.resumeReading(unwrittenBytes: unwritten.count) { channel.read() }
    }

    // MARK: - Upgrade

    private func probe(_ packet: EngineIOPacket?, _ polling: PollingTransport) {
        switch packet {
        case .probe:
            write(.text, ByteBuffer(string: "3probe"))
            output.flush()
            polling.loop.execute { polling.probeBegan() }
        case .upgrade:
            timer?.remove(self)
            role = .carrying(polling.connection)
            polling.loop.execute { polling.handOver(to: self) }
        default: closeChannel(.code(.protocolError))
        }
    }
}
