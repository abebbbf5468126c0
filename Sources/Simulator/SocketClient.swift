import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A Socket.IO client over a real loopback WebSocket, small enough to see through.
final class SocketClient: Sendable {
    typealias Received = @Sendable (_ name: String, _ data: JSONValue) -> Void

    struct Refused: Error { let answer: String }
    struct Lost: Error {}

    private let channel: any Channel
    private let handler: NIOLoopBound<Handler>

    private init(channel: any Channel, handler: NIOLoopBound<Handler>) {
        self.channel = channel
        self.handler = handler
    }

    /// Returns when the server has accepted the CONNECT.
    static func connect(
        port: Int, auth: JSONValue, received: @escaping Received
    ) async throws -> SocketClient {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let connected = loop.makePromise(of: Void.self)
        let client = try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try upgrade(channel, port: port, auth: auth, connected: connected, received: received)
                }
            }.get()
        try await connected.futureResult.get()
        return client
    }

    private static func upgrade(
        _ channel: any Channel, port: Int, auth: JSONValue, connected: EventLoopPromise<Void>,
        received: @escaping Received
    ) throws -> EventLoopFuture<SocketClient> {
        let upgrader = NIOTypedWebSocketClientUpgrader<SocketClient> { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let handler = Handler(auth: auth, connected: connected, received: received)
                try channel.pipeline.syncOperations.addHandler(handler)
                return SocketClient(channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/socket.io/?EIO=4&transport=websocket",
            headers: ["Host": "127.0.0.1:\(port)"])
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                connected.fail(Lost())
                return channel.eventLoop.makeFailedFuture(Lost())
            })
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

        private let auth: JSONValue
        private let connected: EventLoopPromise<Void>
        private let received: Received
        private var pongs: [EventLoopPromise<Void>] = []

        init(auth: JSONValue, connected: EventLoopPromise<Void>, received: @escaping Received) {
            self.auth = auth
            self.connected = connected
            self.received = received
        }

        func ping(on channel: any Channel, _ pong: EventLoopPromise<Void>) {
            guard channel.isActive else { return pong.fail(Lost()) }
            pongs.append(pong)
            write(.ping, "", to: channel)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.opcode {
            case .text: read(String(decoding: frame.unmaskedData.readableBytesView, as: UTF8.self), context.channel)
            case .pong: if !pongs.isEmpty { pongs.removeFirst().succeed() }
            case .connectionClose: context.close(promise: nil)
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            connected.fail(Lost())
            for pong in pongs { pong.fail(Lost()) }
            pongs = []
        }

        private func read(_ text: String, _ channel: any Channel) {
            if text.hasPrefix("0") {
                var writer = JSONWriter()
                writer.value(auth)
                write(.text, "40" + String(decoding: writer.bytes, as: UTF8.self), to: channel)
            } else if text == "2" {
                write(.text, "3", to: channel)
            } else if text.hasPrefix("40") {
                connected.succeed()
            } else if text.hasPrefix("44") {
                connected.fail(Refused(answer: text))
            } else if text.hasPrefix("42"), case .array(let arguments)? = try? JSONValue.parse(text.utf8.dropFirst(2)),
                arguments.count == 2, let name = arguments[0].string
            {
                received(name, arguments[1])
            }
        }

        private func write(_ opcode: WebSocketOpcode, _ text: String, to channel: any Channel) {
            let frame = WebSocketFrame(
                fin: true, opcode: opcode, maskKey: [1, 2, 3, 4], data: channel.allocator.buffer(string: text))
            channel.writeAndFlush(frame, promise: nil)
        }
    }
}
