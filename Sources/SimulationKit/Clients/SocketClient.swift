import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A Socket.IO client over a real loopback WebSocket, small enough to see through.
final class SocketClient: Sendable {
    struct Refused: Error { let answer: String }
    struct Lost: Error {}

    /// What it tells its owner, on its event loop.
    struct Ears: Sendable {
        /// The text of an event's packet, from its `[` on.
        let event: @Sendable (Substring) -> Void
        /// Called once, when the connection is gone by whosever will.
        let lost: @Sendable () -> Void
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<Handler>

    private init(channel: any Channel, handler: NIOLoopBound<Handler>) {
        self.channel = channel
        self.handler = handler
    }

    /// Returns when the server has accepted the CONNECT.
    static func connect(to address: Address, token: String, after cursor: String?, ears: Ears) async throws
        -> SocketClient
    {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let connected = loop.makePromise(of: Void.self)
        let upgraded = try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = Handler(opening: opening(token, cursor), connected: connected, ears: ears)
                    return try upgrade(channel, address, to: handler)
                }
            }
        do {
            let client = try await upgraded.get()
            try await connected.futureResult.get()
            return client
        } catch {
            connected.fail(error)
            throw error
        }
    }

    private static func opening(_ token: String, _ cursor: String?) -> String {
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

    private static func upgrade(
        _ channel: any Channel, _ address: Address, to handler: Handler
    ) throws -> EventLoopFuture<SocketClient> {
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let upgrader = NIOTypedWebSocketClientUpgrader<SocketClient> { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(bound.value)
                return SocketClient(channel: channel, handler: bound)
            }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/socket.io/?EIO=4&transport=websocket",
            headers: ["Host": "\(address.host):\(address.port)"])
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { $0.eventLoop.makeFailedFuture(Lost()) })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first frame may come in one read with its 101.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    /// Sends a WebSocket ping and waits for its pong: all frames that were on their way before it have arrived.
    func pingPong() async throws {
        let pong = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute { [handler, channel] in handler.value.ping(on: channel, pong) }
        try await pong.futureResult.get()
    }

    func close() async {
        try? await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame

        private let opening: String
        private let connected: EventLoopPromise<Void>
        private let ears: Ears
        private var pongs: [EventLoopPromise<Void>] = []
        private var isOver = false

        init(opening: String, connected: EventLoopPromise<Void>, ears: Ears) {
            self.opening = opening
            self.connected = connected
            self.ears = ears
        }

        func ping(on channel: any Channel, _ pong: EventLoopPromise<Void>) {
            guard !isOver, channel.isActive else { return pong.fail(Lost()) }
            pongs.append(pong)
            write(.ping, "", to: channel)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.opcode {
            case .text: read(String(buffer: frame.unmaskedData), context.channel)
            case .pong: if !pongs.isEmpty { pongs.removeFirst().succeed() }
            case .connectionClose: context.close(promise: nil)
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) { end() }

        /// A connection that is cut in the middle of its upgrade was inactive before this came to it.
        func handlerRemoved(context: ChannelHandlerContext) { end() }

        private func end() {
            guard !isOver else { return }
            isOver = true
            connected.fail(Lost())
            for pong in pongs { pong.fail(Lost()) }
            pongs = []
            ears.lost()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func read(_ text: String, _ channel: any Channel) {
            if text.hasPrefix("42") {
                ears.event(text.dropFirst(2))
            } else if text.hasPrefix("40") {
                connected.succeed()
            } else if text.hasPrefix("44") {
                connected.fail(Refused(answer: text))
                channel.close(promise: nil)
            } else if text.hasPrefix("0") {
                write(.text, opening, to: channel)
            } else if text == "2" {
                write(.text, "3", to: channel)
            }
        }

        private func write(_ opcode: WebSocketOpcode, _ text: String, to channel: any Channel) {
            let frame = WebSocketFrame(
                fin: true, opcode: opcode, maskKey: [1, 2, 3, 4], data: channel.allocator.buffer(string: text))
            channel.writeAndFlush(frame, promise: nil)
        }
    }
}
