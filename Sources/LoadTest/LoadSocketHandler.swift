import Bookings
import NIOCore
import NIOWebSocket

/// Speaks Engine.IO and Socket.IO on an upgraded connection.
final class LoadSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let token: String
    private let accepted: EventLoopPromise<Void>
    private let listener: LoadSocket.Listener
    private var isAccepted = false

    init(token: String, accepted: EventLoopPromise<Void>, listener: LoadSocket.Listener) {
        self.token = token
        self.accepted = accepted
        self.listener = listener
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: read(String(buffer: frame.unmaskedData), context)
        case .ping: write(.pong, frame.unmaskedData, context)
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        accepted.fail(LoadSocket.Failure.lost)
        if isAccepted { listener.ended() }
        isAccepted = false
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Engine.IO: `0` opens, `2` pings. Socket.IO in its message `4`: `0` connects, `2` is an event, `4` refuses.
    private func read(_ text: String, _ context: ChannelHandlerContext) {
        if text.hasPrefix("0") {
            var writer = JSONWriter()
            writer.value(.object([JSONMember(name: "token", value: .string(token))]))
            write(.text, ByteBuffer(string: "40" + String(decoding: writer.bytes, as: UTF8.self)), context)
        } else if text == "2" {
            write(.text, ByteBuffer(string: "3"), context)
        } else if text.hasPrefix("40") {
            isAccepted = true
            listener.accepted()
            accepted.succeed()
        } else if text.hasPrefix("44") {
            accepted.fail(LoadSocket.Failure.refused)
            context.close(promise: nil)
        } else if text.hasPrefix("42"), case .array(let arguments)? = try? JSONValue.parse(text.utf8.dropFirst(2)),
            arguments.count == 2, let name = arguments[0].string
        {
            listener.received(name, arguments[1])
        }
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: [1, 2, 3, 4], data: data)
        context.writeAndFlush(NIOAny(frame), promise: nil)
    }
}
