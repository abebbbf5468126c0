import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SimulationKit
import Synchronization

/// The listeners of a process.
final class ListenerConnections: Sendable {
    private struct Open {
        var sockets: [SocketClient] = []
        var channels: [any Channel] = []
    }

    private let open = Mutex(Open())

    /// How many listeners are opened at one time.
    private static let concurrency = 64

    private enum Transport {
        case socket, poller, stream
    }

    /// A listener to be opened.
    private struct Order {
        let transport: Transport
        let generator: NIOLoopBound<LoadGenerator>
        /// The number of the provider in its generator.
        let provider: Int
    }

    /// Opens the listeners of this process's providers, spread evenly over all providers.
    func open(
        on generators: [NIOLoopBound<LoadGenerator>], settings: LoadSettings, tls: NIOSSLContext?, part: Int,
        of processes: Int
    ) async throws {
        var orders: [Order] = []
        let parts = generators.count * processes
        for (transport, count) in [
            (Transport.socket, settings.sockets), (.poller, settings.pollers), (.stream, settings.streams),
        ] {
            for number in 0..<count {
                let provider = number % settings.providers
                guard provider % parts / generators.count == part else { continue }
                let generator = generators[provider % parts % generators.count]
                orders.append(Order(transport: transport, generator: generator, provider: provider / parts))
            }
        }
        await withDiscardingTaskGroup { [orders] group in
            for first in 0..<min(orders.count, Self.concurrency) {
                group.addTask {
                    for index in stride(from: first, to: orders.count, by: Self.concurrency) {
                        await self.open(orders[index], settings, tls)
                    }
                }
            }
        }
    }

    private func open(_ order: Order, _ settings: LoadSettings, _ tls: NIOSSLContext?) async {
        do {
            let listener = try await order.generator.run { generator in
                NIOLoopBound(
                    LoadListener(provider: generator.providers[order.provider], generator: generator),
                    eventLoop: generator.loop)
            }
            switch order.transport {
            case .socket: try await openSocket(listener, order, settings, tls)
            case .poller: try await openPoller(listener, order, settings)
            case .stream: try await openStream(listener, order, settings, tls)
            }
        } catch {
            let reason = LoadFailure.reason(error)
            try? await order.generator.run { $0.measures.frames.socketErrors[reason, default: 0] += 1 }
        }
    }

    private func openSocket(
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
        open.withLock { $0.sockets.append(socket) }
        try await order.generator.run { _ in listener.value.open() }
    }

    private func openPoller(
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

    private func openStream(
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
        open.withLock { $0.channels.append(channel) }
        try await opened.futureResult.get()
    }

    func close() async {
        let (sockets, channels) = open.withLock { ($0.sockets, $0.channels) }
        for socket in sockets { await socket.close() }
        for channel in channels { try? await channel.close() }
    }
}
