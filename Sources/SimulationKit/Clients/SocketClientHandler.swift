import Bookings
import NIOCore
import NIOWebSocket

/// Speaks Engine.IO 4 and Socket.IO 5 on an upgraded connection, as far as a client that receives needs them.
final class SocketClientHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    /// How a connection begins.
    enum Start {
        /// With a CONNECT of its own.
        case connect(ConnectPayload)
        /// It takes over a session that was opened by long-polling.
        case upgrade
    }

    private let start: Start
    private let accepted: EventLoopPromise<Void>
    private let callbacks: SocketClient.Callbacks
    private var pongs: [EventLoopPromise<Void>] = []
    private var isAccepted = false
    private var isClosed = false

    init(start: Start, accepted: EventLoopPromise<Void>, callbacks: SocketClient.Callbacks) {
        self.start = start
        self.accepted = accepted
        self.callbacks = callbacks
    }

    /// Asks to take over the session, if that is how the connection begins. Nothing can be sent before the connection is a
    /// WebSocket.
    func probe(on channel: any Channel) {
        if case .upgrade = start { write(.text, ByteBuffer(string: "2probe"), to: channel) }
    }

    func ping(on channel: any Channel, _ pong: EventLoopPromise<Void>) {
        guard !isClosed, channel.isActive else { return pong.fail(SocketClient.Failure.lost) }
        pongs.append(pong)
        write(.ping, ByteBuffer(), to: channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: receive(String(buffer: frame.unmaskedData), context.channel)
        case .ping: write(.pong, frame.unmaskedData, to: context.channel)
        case .pong: if !pongs.isEmpty { pongs.removeFirst().succeed() }
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) { end() }

    /// A connection that is closed during its upgrade became inactive before this handler was added.
    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func end() {
        guard !isClosed else { return }
        isClosed = true
        accepted.fail(SocketClient.Failure.lost)
        for pong in pongs { pong.fail(SocketClient.Failure.lost) }
        pongs = []
        if isAccepted { callbacks.closed() }
    }

    /// Engine.IO packets: `0` open, `2` ping, `3probe` the answer to an upgrade's probe, `4` message. Socket.IO packets in a message: `0` CONNECT, `2` EVENT,
    /// `4` CONNECT_ERROR.
    private func receive(_ packet: String, _ channel: any Channel) {
        if packet.hasPrefix("42") {
            callbacks.received(packet.dropFirst(2))
        } else if packet.hasPrefix("40") {
            accept()
        } else if packet == "3probe" {
            write(.text, ByteBuffer(string: "5"), to: channel)
            accept()
        } else if packet.hasPrefix("44") {
            accepted.fail(SocketClient.Failure.refused)
            channel.close(promise: nil)
        } else if packet.hasPrefix("0"), case .connect(let payload) = start {
            write(.text, ByteBuffer(string: "40" + payload.text), to: channel)
        } else if packet == "2" {
            write(.text, ByteBuffer(string: "3"), to: channel)
        }
    }

    private func accept() {
        guard !isAccepted else { return }
        isAccepted = true
        accepted.succeed()
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, to channel: any Channel) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: [1, 2, 3, 4], data: data)
        channel.writeAndFlush(frame, promise: nil)
    }
}
