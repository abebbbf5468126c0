import Bookings
import NIOCore
import NIOWebSocket

/// Speaks Engine.IO 4 and Socket.IO 5 on an upgraded connection, as far as a client that receives needs them.
final class SocketClientHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let token: String
    private let cursor: String?
    private let accepted: EventLoopPromise<Void>
    private let callbacks: SocketClient.Callbacks
    private var pongs: [EventLoopPromise<Void>] = []
    private var isAccepted = false
    private var isClosed = false

    init(token: String, cursor: String?, accepted: EventLoopPromise<Void>, callbacks: SocketClient.Callbacks) {
        self.token = token
        self.cursor = cursor
        self.accepted = accepted
        self.callbacks = callbacks
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

    /// Engine.IO packets: `0` open, `2` ping, `4` message. Socket.IO packets in a message: `0` CONNECT, `2` EVENT,
    /// `4` CONNECT_ERROR.
    private func receive(_ packet: String, _ channel: any Channel) {
        if packet.hasPrefix("42") {
            callbacks.received(packet.dropFirst(2))
        } else if packet.hasPrefix("40") {
            isAccepted = true
            accepted.succeed()
        } else if packet.hasPrefix("44") {
            accepted.fail(SocketClient.Failure.refused)
            channel.close(promise: nil)
        } else if packet.hasPrefix("0") {
            write(.text, ByteBuffer(string: connectPacket), to: channel)
        } else if packet == "2" {
            write(.text, ByteBuffer(string: "3"), to: channel)
        }
    }

    private var connectPacket: String {
        var writer = JSONWriter()
        writer.beginObject()
        if let cursor {
            writer.name("after")
            writer.string(cursor)
        }
        writer.name("token")
        writer.string(token)
        writer.endObject()
        return "40" + String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, to channel: any Channel) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: [1, 2, 3, 4], data: data)
        channel.writeAndFlush(frame, promise: nil)
    }
}
