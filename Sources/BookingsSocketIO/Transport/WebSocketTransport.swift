import Bookings
import NIOCore
import NIOWebSocket

/// A WebSocket: carries a connection from its beginning, or takes one over from long-polling.
///
/// A connection stays on one event loop. A WebSocket that takes one over may be on another loop: then its input crosses
/// over, a batch at a time, and nothing is read meanwhile.
///
/// The last handler of its channel's pipeline. `WebSocketInput` decides about input, `WebSocketCloseFrame` about close
/// frames. `@unchecked Sendable`: its state is used on its channel's loop, `unflushed` on the connection's.
final class WebSocketTransport: ChannelDuplexHandler, EngineIOTransport, TimedSession, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Role {
        /// Waits for the client's `2probe` and `5`. To `carrying`, to `closed`.
        case probing(PollingTransport)
        /// To `closed`.
        case carrying(SocketConnection)
        case closed
    }

    static let upgradeTimeout = Duration.seconds(10)

    let kind = SocketTransport.websocket
    let channel: any Channel
    let gateway: SocketGateway
    /// Called when the transport is in the pipeline, and released then with what it holds.
    private var begin: ((WebSocketTransport) -> Void)?
    var role = Role.closed
    var input: WebSocketInput
    /// The frames since the last flush.
    var unflushed: ByteBuffer?
    /// The bytes from `send` on until the kernel has taken them.
    let unwritten = UnwrittenBytes()
    /// It refers to the transport without owning it. A weak reference would make each retain of the transport slower, and both
    /// are handlers of one pipeline: the output makes no calls after it was removed.
    private(set) lazy var output = WebSocketOutput(unwritten: unwritten) { [unowned self] in outputWasWritten() }
    /// Where `output` belongs: behind the handlers that encrypt, before all others.
    var outputPosition = ChannelPipeline.SynchronousOperations.Position.first
    /// The number of bytes that was last reported to the budget of all sessions.
    var reportedBytes = 0
    private(set) var isEnding = false

    /// Creates a transport that opens a session.
    init(opening connection: SocketConnection, on channel: any Channel, gateway: SocketGateway) {
        self.channel = channel
        self.gateway = gateway
        input = WebSocketInput(maxUnwrittenBytes: gateway.options.backlog.maxUnwrittenBytes)
        begin = { transport in
            guard gateway.sessions.register(connection) else { return transport.closeChannel(nil) }
            transport.role = .carrying(connection)
            connection.open(on: transport, upgrades: [])
        }
    }

    /// Creates a transport that probes, to take over a session; `nil`: the session was taken over before.
    init(probing polling: PollingTransport?, on channel: any Channel, gateway: SocketGateway) {
        self.channel = channel
        self.gateway = gateway
        input = WebSocketInput(maxUnwrittenBytes: gateway.options.backlog.maxUnwrittenBytes)
        begin = { transport in
            guard let polling else { return transport.closeChannel(nil) }
            transport.role = .probing(polling)
            transport.timer?.set(transport, deadline: gateway.clock.elapsed() + Self.upgradeTimeout)
            // A session that is gone, or that moved before, cannot be taken over.
            polling.loop.execute { if polling.state.refusal != nil { transport.close(.server) } }
        }
    }

    var timer: SessionTimer? { gateway.shard(of: channel.eventLoop)?.timer }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            try context.pipeline.syncOperations.addHandler(output, position: outputPosition)
            // It refers to a handler of HTTP, which nobody needs any more.
            outputPosition = .first
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 64, initial: 1024, maximum: WebSocketInput.bytesOfOneRead))
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        } catch {
            return closeChannel(nil)
        }
        begin?(self)
        begin = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        closeChannel(WebSocketCloseFrame(for: error))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The client is gone, or will read no answer: a WebSocket is never half closed (RFC 6455, section 7.1.1).
        if let event = event as? ChannelEvent, event == .inputClosed { return closeChannel(nil) }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - End

    /// The channel is closed, or is about to be.
    private func end() {
        isEnding = true
        switch role {
        case .carrying(let connection):
            gateway.budget.set(0, for: connection)
            // A session that is about to move here ends as well: its client has stopped polling.
            on(connection) { if $0.transport === self { $0.transportClosed() } else { $0.closeTransport(.server) } }
        case .probing(let polling):
            timer?.remove(self)
            polling.loop.execute { polling.probeEnded() }
        case .closed: break
        }
        role = .closed
        input.clear()
    }

    func close(_ end: SessionEnd) {
        flush()
        let frame = WebSocketCloseFrame(for: end)
        if channel.eventLoop.inEventLoop { return closeChannel(frame) }
        channel.eventLoop.execute { self.closeChannel(frame) }
    }

    /// `frame`: `nil` to end the TCP connection without a close frame.
    func closeChannel(_ frame: WebSocketCloseFrame?) {
        guard !isEnding else { return }
        end()
        if let frame { write(.connectionClose, frame.payload) }
        output.flush()
        channel.close(promise: nil)
    }

    /// The upgrade took too long.
    func deadlineReached() {
        if case .probing = role { closeChannel(nil) }
    }

    /// Runs the work at once when the connection is on this loop, else as soon as its loop gets to it.
    func on(_ connection: SocketConnection, _ work: @escaping @Sendable (SocketConnection) -> Void) {
        let loop = connection.shard.loop
        if loop.inEventLoop { return work(connection) }
        gateway.inFlightWork.begin(.delivery)
        loop.execute { [gateway] in
            work(connection)
            gateway.inFlightWork.end(.delivery)
        }
    }
}
