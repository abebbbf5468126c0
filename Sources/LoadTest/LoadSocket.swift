import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// A Socket.IO client over a WebSocket that only listens.
final class LoadSocket: Sendable {
    enum Failure: Error, CustomStringConvertible {
        case notUpgraded
        /// CONNECT_ERROR.
        case refused
        /// The connection ended before the CONNECT was answered.
        case lost
        /// Nothing was heard for too long.
        case silent

        var description: String {
            switch self {
            case .notUpgraded: "no upgrade"
            case .refused: "refused"
            case .lost: "connection lost"
            case .silent: "no answer"
            }
        }
    }

    /// What happens to a socket. Called on its event loop: short, and never blocking.
    struct Listener: Sendable {
        let accepted: @Sendable () -> Void
        let received: @Sendable (_ name: String, _ data: JSONValue) -> Void
        /// The connection is gone; once, and only after it was accepted.
        let ended: @Sendable () -> Void
    }

    private let channel: any Channel

    private init(channel: any Channel) {
        self.channel = channel
    }

    /// Returns when the server has accepted the CONNECT.
    static func open(
        _ target: LoadTarget, token: String, patience: Duration, listener: Listener
    ) async throws -> LoadSocket {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let accepted = loop.makePromise(of: Void.self)
        let patience = TimeAmount.milliseconds(patience.wholeMilliseconds)
        let deadline = loop.scheduleTask(in: patience) { accepted.fail(Failure.silent) }
        defer { deadline.cancel() }
        let upgrade: EventLoopFuture<LoadSocket>
        do {
            upgrade = try await ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(patience)
                .connect(host: target.host, port: target.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try prepare(channel, target) {
                            LoadSocketHandler(token: token, accepted: accepted, listener: listener)
                        }
                    }
                }
        } catch {
            accepted.fail(error)
            throw error
        }
        upgrade.whenFailure { accepted.fail($0) }
        do {
            try await accepted.futureResult.get()
        } catch {
            upgrade.whenSuccess { $0.channel.close(promise: nil) }
            throw error
        }
        return try await upgrade.get()
    }

    private static func prepare(
        _ channel: any Channel, _ target: LoadTarget, handler: @escaping @Sendable () -> LoadSocketHandler
    ) throws -> EventLoopFuture<LoadSocket> {
        if target.isSecure {
            let context = try NIOSSLContext(configuration: .makeClientConfiguration())
            let isAddress = (try? SocketAddress(ipAddress: target.host, port: 0)) != nil
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : target.host))
        }
        let upgrader = NIOTypedWebSocketClientUpgrader<LoadSocket>(maxFrameSize: 1 << 20) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(handler())
                return LoadSocket(channel: channel)
            }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/socket.io/?EIO=4&transport=websocket",
            headers: ["Host": "\(target.host):\(target.port)"])
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(Failure.notUpgraded)
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first frame may come in one read with its 101.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    func close() async {
        try? await channel.close()
    }
}
