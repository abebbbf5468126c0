import NIOCore
import NIOPosix
import Synchronization

/// Stands between a client and a server on this machine, and cuts, refuses or changes what goes through.
///
/// All of its connections live on one event loop, so that what is done to them has an order.
final class TCPProxy: Sendable {
    /// Changes bytes on their way from the server to the client; each connection has its own.
    typealias Filter = @Sendable () -> (inout ByteBuffer) -> Void

    private struct State {
        var target: Int
        var isRefusing = false
        /// What the server may still send before the connection is cut; nil: no limit.
        var allowance: Int?
        var connections: [ObjectIdentifier: [any Channel]] = [:]
    }

    private let loop: any EventLoop
    private let state: Mutex<State>
    private let filter: Filter?
    private let listener = Mutex<(any Channel)?>(nil)

    init(target: Int, filter: Filter? = nil) {
        loop = MultiThreadedEventLoopGroup.singleton.any()
        state = Mutex(State(target: target))
        self.filter = filter
    }

    /// Listens, and gives the port.
    func start() async throws -> Int {
        let channel = try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in accept(channel) }
            .bind(host: "127.0.0.1", port: 0).get()
        listener.withLock { $0 = channel }
        return channel.localAddress?.port ?? 0
    }

    func stop() async {
        try? await listener.withLock { $0 }?.close()
        await cut()
    }

    /// New connections go there from now on.
    func aim(at port: Int) { state.withLock { $0.target = port } }

    func refuse(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    /// Cuts every connection once the server has sent so many more bytes.
    func cut(afterBytes count: Int) { state.withLock { $0.allowance = count } }

    /// Cuts every connection now.
    func cut() async {
        let channels = state.withLock { $0.connections.values.flatMap { $0 } }
        for channel in channels { try? await channel.close() }
    }

    private func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let target = state.withLock { $0.isRefusing ? nil : $0.target }
        guard let target else { return client.close() }
        return ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: target)
            .flatMapThrowing { [self] server in
                state.withLock { $0.connections[ObjectIdentifier(client)] = [client, server] }
                try client.pipeline.syncOperations.addHandler(Forwarder(to: server) { $0 })
                let change = filter?()
                try server.pipeline.syncOperations.addHandler(
                    Forwarder(to: client) { [self] buffer in
                        var buffer = buffer
                        change?(&buffer)
                        return allowed(buffer)
                    })
                client.closeFuture.whenComplete { [self] _ in
                    state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(client)) }
                }
                // The client is read from once this future is complete.
                server.setOption(.autoRead, value: true).whenFailure { _ in server.close(promise: nil) }
            }
    }

    /// What of it may pass; nil: the connection is to be cut behind it.
    private func allowed(_ buffer: ByteBuffer) -> ByteBuffer? {
        state.withLock { state in
            guard let allowance = state.allowance else { return buffer }
            guard buffer.readableBytes > allowance else {
                state.allowance = allowance - buffer.readableBytes
                return buffer
            }
            state.allowance = nil
            return nil
        }
    }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let pass: (ByteBuffer) -> ByteBuffer?

        init(to other: any Channel, pass: @escaping (ByteBuffer) -> ByteBuffer?) {
            self.other = other
            self.pass = pass
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let buffer = pass(unwrapInboundIn(data)) else {
                context.close(promise: nil)
                return
            }
            other.writeAndFlush(buffer, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
