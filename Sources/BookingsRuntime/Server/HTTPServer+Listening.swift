import Bookings
import NIOCore
import NIOPosix

/// The listening socket, and the handlers of accepted connections.
extension HTTPServer {
    /// The number of connections that the system queues before they are accepted.
    private static let backlog: CInt = 1024

    /// Opens the listening socket. The host `*` stands for all addresses of both families, or of IPv4 on a machine without
    /// IPv6.
    func bind() async throws -> any Channel {
        let bootstrap = makeBootstrap()
        guard options.host == "*" else { return try await bootstrap.bind(host: options.host, port: options.port).get() }
        do {
            return try await bootstrap.bind(host: "::", port: options.port).get()
        } catch is IOError {
            return try await bootstrap.bind(host: "0.0.0.0", port: options.port).get()
        }
    }

    private func makeBootstrap() -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Connections are accepted a few at a time, so that those that are open are served in between.
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            // A client that closes its sending side still reads its responses.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A connection keeps its first receive buffer, also as an idle WebSocket. Most requests fit into this one.
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1024, maximum: 1 << 16)
            )
            .serverChannelInitializer { [counter, metrics, logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = AcceptHandler(counter: counter, metrics: metrics, logger: logger)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try open(channel) }
            }
    }

    /// Installs the handlers of an accepted connection.
    private func open(_ channel: any Channel) throws {
        let registry = registry(of: channel.eventLoop)
        channel.closeFuture.assumeIsolated().whenComplete { _ in registry.remove(channel) }
        if let tls { try openTLS(channel, tls.context, registry) } else { try openHTTP1(channel, registry) }
    }

    /// Installs the handlers of HTTP/1.1.
    func openHTTP1(_ channel: any Channel, _ registry: ConnectionRegistry) throws {
        let placement = counter.placement(of: channel)
        let requestLine = RequestLineMeter()
        let handler = HTTPConnectionHandler(
            services: services, requestLine: requestLine, isBeyondLimit: placement != .within,
            at: channel.eventLoop.now, upgraded: { registry.upgraded(channel) })
        try channel.pipeline.syncOperations.addHandlers([requestLine, handler.decoder, handler])
        // Only now that the handler is in the pipeline: a registry that drains calls it at once.
        registry.add(handler, on: channel)
        if placement == .displaced { channel.pipeline.fireUserInboundEventTriggered(ConnectionEvent.makeRoom) }
    }

    private func registry(of loop: any EventLoop) -> ConnectionRegistry {
        guard let registry = registries.first(where: { $0.loop === loop })?.registry.value else {
            preconditionFailure("A connection was accepted on an event loop of another group.")
        }
        return registry
    }
}
