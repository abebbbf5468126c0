import Bookings
import NIOCore
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

    enum Transport {
        case socket, poller, stream
    }

    /// A listener to be opened.
    struct Order {
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

    func add(_ socket: SocketClient) { open.withLock { $0.sockets.append(socket) } }
    func add(_ channel: any Channel) { open.withLock { $0.channels.append(channel) } }

    func close() async {
        let (sockets, channels) = open.withLock { ($0.sockets, $0.channels) }
        for socket in sockets { await socket.close() }
        for channel in channels { try? await channel.close() }
    }
}
