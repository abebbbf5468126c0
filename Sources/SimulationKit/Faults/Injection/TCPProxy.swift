import Bookings
import NIOCore
import NIOPosix
import Synchronization

/// Reads and changes the bytes of one proxied connection, on its event loop.
protocol ProxyTap {
    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage
    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage
}

/// A proxy between clients and a server that closes, refuses, delays or changes connections.
///
/// All of its connections are on one event loop, so that what is done to them has an order.
final class TCPProxy: Sendable {
    /// Each connection has a tap of its own.
    typealias TapMaker = @Sendable () -> any ProxyTap

    /// The bytes to pass on, and whether the connection is closed behind them.
    struct Passage {
        var bytes: ByteBuffer
        var cuts = false
    }

    private struct Connection {
        let client: any Channel
        let server: any Channel
    }

    private struct State {
        var target: Int
        var isRefusing = false
        /// How many bytes the server may still send before the connection is closed; `nil` without a limit.
        var allowance: Int?
        /// The delay of bytes from the server.
        var delay = TimeAmount.zero
        var connections: [ObjectIdentifier: Connection] = [:]
    }

    private let loop: any EventLoop
    private let state: Mutex<State>
    private let tap: TapMaker?
    private let host: String
    private let receiveBuffer: Int?
    private let listener = Mutex<(any Channel)?>(nil)

    /// - Parameter receiveBuffer: The size of the receive buffer towards the server, in bytes; `nil` for the system's.
    init(host: String = "127.0.0.1", target: Int, receiveBuffer: Int? = nil, tap: TapMaker? = nil) {
        loop = MultiThreadedEventLoopGroup.singleton.any()
        state = Mutex(State(target: target))
        self.host = host
        self.receiveBuffer = receiveBuffer
        self.tap = tap
    }

    /// Starts to listen, and returns the port.
    func start() async throws -> Int {
        let channel = try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in accept(channel) }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    func stop() async {
        try? await listener.withLock { $0 }?.close()
        await cut()
    }

    /// Changes the server's port for new connections.
    func aim(at port: Int) { state.withLock { $0.target = port } }

    func refuse(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    /// Closes every connection once the server has sent this many more bytes.
    func cut(afterBytes count: Int) { state.withLock { $0.allowance = count } }

    /// Delays what the server sends from now on, in real time.
    func delay(by delay: Duration) { state.withLock { $0.delay = .nanoseconds(delay.wholeMilliseconds * 1_000_000) } }

    /// Stops reading from the server on the open connections; new ones are read.
    func stall() async { await read(false) }

    func unstall() async { await read(true) }

    private func read(_ isReading: Bool) async {
        let channels = state.withLock { $0.connections.values.map(\.server) }
        for channel in channels { try? await channel.setOption(.autoRead, value: isReading).get() }
    }

    /// Closes every connection.
    func cut() async {
        let channels = state.withLock { $0.connections.values.flatMap { [$0.client, $0.server] } }
        for channel in channels { try? await channel.close() }
    }

    private func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let target = state.withLock { $0.isRefusing ? nil : $0.target }
        guard let target else { return client.close() }
        var bootstrap = ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return bootstrap.connect(host: host, port: target)
            .flatMapThrowing { [self] server in
                state.withLock {
                    $0.connections[ObjectIdentifier(client)] = Connection(client: client, server: server)
                }
                let tap = tap?()
                try client.pipeline.syncOperations.addHandler(
                    Forwarder(to: server) { tap?.toServer($0) ?? Passage(bytes: $0) })
                try server.pipeline.syncOperations.addHandler(
                    Forwarder(to: client, delay: { [self] in state.withLock(\.delay) }) { [self] bytes in
                        let passage = tap?.toClient(bytes) ?? Passage(bytes: bytes)
                        return passage.cuts ? passage : allowed(passage.bytes)
                    })
                client.closeFuture.whenComplete { [self] _ in
                    state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(client)) }
                }
                // The client is read from once this future is complete.
                server.setOption(.autoRead, value: true).whenFailure { _ in server.close(promise: nil) }
            }
            // A failed future would close the listener, although the server may accept the next connection.
            .flatMapError { _ in client.close() }
    }

    /// The bytes that may pass before the connection is closed.
    private func allowed(_ bytes: ByteBuffer) -> Passage {
        state.withLock { state in
            guard let allowance = state.allowance else { return Passage(bytes: bytes) }
            guard bytes.readableBytes > allowance else {
                state.allowance = allowance - bytes.readableBytes
                return Passage(bytes: bytes)
            }
            state.allowance = nil
            return Passage(bytes: bytes.getSlice(at: bytes.readerIndex, length: allowance) ?? bytes, cuts: true)
        }
    }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let delay: () -> TimeAmount
        private let pass: (ByteBuffer) -> Passage
        /// When the last delayed bytes are sent; later ones must not overtake them.
        private var last = NIODeadline.distantPast

        init(
            to other: any Channel, delay: @escaping () -> TimeAmount = { .zero },
            pass: @escaping (ByteBuffer) -> Passage
        ) {
            self.other = other
            self.delay = delay
            self.pass = pass
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let passage = pass(unwrapInboundIn(data))
            if passage.bytes.readableBytes > 0 { send(passage.bytes, at: .now() + delay()) }
            if passage.cuts { context.close(promise: nil) }
        }

        private func send(_ bytes: ByteBuffer, at instant: NIODeadline) {
            guard max(instant, last) > .now() else { return other.writeAndFlush(bytes, promise: nil) }
            last = max(instant, last + .nanoseconds(1))
            other.eventLoop.assumeIsolated().scheduleTask(deadline: last) { [other] in
                other.writeAndFlush(bytes, promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
