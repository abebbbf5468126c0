import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SimulationKit

/// How a listener of each transport is connected.
extension ListenerConnections {
    func openSocket(
        _ listener: NIOLoopBound<LoadListener>, _ order: Order, _ settings: LoadSettings, _ tls: NIOSSLContext?
    ) async throws {
        let target = settings.target
        let route = SocketClient.Route(
            prefix: target.prefix, headers: target.headers.map { ($0.name, $0.value) }, tls: tls,
            loop: listener.eventLoop)
        let callbacks = SocketClient.Callbacks(
            received: { listener.value.receive(packet: $0) }, closed: { listener.value.close() })
        let token = try await order.generator.run { $0.providers[order.provider].token }
        let socket = try await SocketClient.connect(
            to: target.address, by: route, token: token, timeout: settings.timeout, callbacks: callbacks)
        add(socket)
        try await order.generator.run { _ in listener.value.open() }
    }

    func openPoller(
        _ listener: NIOLoopBound<LoadListener>, _ order: Order, _ settings: LoadSettings
    ) async throws {
        try await order.generator.finish { (generator, promise: EventLoopPromise<Void>) in
            generator.pool.connect(deadline: .now().advanced(by: settings.timeout)) { result in
                switch result {
                case .failure(let failure): promise.fail(failure)
                case .success(let connection):
                    PollingClient(
                        connection: connection, target: settings.target, timeout: settings.timeout,
                        listener: listener.value
                    ).start { promise.completeWith($0.mapError { $0 as any Error }) }
                }
            }
        }
    }

    func openStream(
        _ listener: NIOLoopBound<LoadListener>, _ order: Order, _ settings: LoadSettings, _ tls: NIOSSLContext?
    ) async throws {
        let target = settings.target
        let token = try await order.generator.run { $0.providers[order.provider].token }
        let opened = listener.eventLoop.makePromise(of: Void.self)
        let timeout = listener.eventLoop.scheduleTask(in: .microseconds(settings.timeout.wholeMicroseconds)) {
            opened.fail(LoadFailure.timedOut)
        }
        opened.futureResult.whenComplete { _ in timeout.cancel() }
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: listener.eventLoop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls {
                            try pipeline.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: target.serverName))
                        }
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(
                            EventStreamHandler(
                                target: target, token: token, listener: listener.value, opened: opened))
                    }
                }
                .connect(host: target.address.host, port: target.address.port).get()
        } catch {
            opened.fail(error)
            throw error
        }
        add(channel)
        try await opened.futureResult.get()
    }
}
