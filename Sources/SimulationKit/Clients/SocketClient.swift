import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// A Socket.IO client over a WebSocket that connects to the main namespace and receives events.
package final class SocketClient: Sendable {
    /// Why there is no connection.
    package enum Failure: Error, CustomStringConvertible {
        case notUpgraded
        /// The server answered CONNECT_ERROR.
        case refused
        /// The connection ended before the CONNECT was answered.
        case lost
        /// The CONNECT was not answered in time.
        case timedOut

        package var description: String {
            switch self {
            case .notUpgraded: "no upgrade"
            case .refused: "refused"
            case .lost: "connection lost"
            case .timedOut: "no answer"
            }
        }
    }

    /// Called on the client's event loop; must not block.
    package struct Callbacks: Sendable {
        /// An event's packet as JSON: an array of the name and the arguments.
        let received: @Sendable (Substring) -> Void
        /// The connection is closed, by either side. Called once, and only after the server accepted the CONNECT.
        let closed: @Sendable () -> Void

        package init(received: @escaping @Sendable (Substring) -> Void, closed: @escaping @Sendable () -> Void) {
            self.received = received
            self.closed = closed
        }
    }

    /// How a client reaches the service.
    package struct Route: Sendable {
        /// The path in front of the service's own, without a slash at its end.
        let prefix: String
        /// Header fields of the upgrade request.
        let headers: [(String, String)]
        /// The context of TLS connections; `nil` for one that trusts the system's authorities.
        let tls: NIOSSLContext?
        /// The event loop of the connection; `nil` for any.
        let loop: (any EventLoop)?

        package init(
            prefix: String = "", headers: [(String, String)] = [], tls: NIOSSLContext? = nil,
            loop: (any EventLoop)? = nil
        ) {
            self.prefix = prefix
            self.headers = headers
            self.tls = tls
            self.loop = loop
        }
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<SocketClientHandler>

    private init(channel: any Channel, handler: NIOLoopBound<SocketClientHandler>) {
        self.channel = channel
        self.handler = handler
    }

    /// Connects, and returns when the server has accepted the CONNECT.
    ///
    /// - Parameters:
    ///   - cursor: The cursor after which to resume; `nil` for a new start.
    ///   - timeout: How long to wait, in real time; `nil` for as long as the connection lasts.
    package static func connect(
        to address: Address, by route: Route = Route(), token: String, after cursor: String? = nil,
        timeout: Duration? = nil, callbacks: Callbacks
    ) async throws -> SocketClient {
        try await connect(
            to: address, by: route, start: .connect(ConnectPayload(token: token, after: cursor)), timeout: timeout,
            callbacks: callbacks)
    }

    /// Takes over a session that was opened by long-polling, and returns when the server has accepted the upgrade.
    static func upgrade(
        _ address: Address, session: String, timeout: Duration, callbacks: Callbacks
    ) async throws -> SocketClient {
        try await connect(
            to: address, by: Route(), start: .upgrade, session: session, timeout: timeout, callbacks: callbacks)
    }

    private static func connect(
        to address: Address, by route: Route, start: SocketClientHandler.Start, session: String? = nil,
        timeout: Duration?, callbacks: Callbacks
    ) async throws -> SocketClient {
        let loop = route.loop ?? MultiThreadedEventLoopGroup.singleton.any()
        let accepted = loop.makePromise(of: Void.self)
        let timeout = timeout.map { TimeAmount.milliseconds($0.wholeMilliseconds) }
        let deadline = timeout.map { loop.scheduleTask(in: $0) { accepted.fail(Failure.timedOut) } }
        defer { deadline?.cancel() }
        let upgraded: EventLoopFuture<SocketClient>
        do {
            upgraded = try await ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(timeout ?? .seconds(10))
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = SocketClientHandler(start: start, accepted: accepted, callbacks: callbacks)
                        return try upgrade(channel, address, route, session: session, to: handler)
                    }
                }
        } catch {
            accepted.fail(error)
            throw error
        }
        upgraded.whenFailure { accepted.fail($0) }
        upgraded.whenSuccess { client in
            loop.execute { client.handler.value.probe(on: client.channel) }
        }
        do {
            try await accepted.futureResult.get()
        } catch {
            upgraded.whenSuccess { $0.channel.close(promise: nil) }
            throw error
        }
        return try await upgraded.get()
    }

    private static func upgrade(
        _ channel: any Channel, _ address: Address, _ route: Route, session: String?,
        to handler: SocketClientHandler
    ) throws -> EventLoopFuture<SocketClient> {
        if address.isSecure {
            let context = try route.tls ?? NIOSSLContext(configuration: .makeClientConfiguration())
            let isIPAddress = (try? SocketAddress(ipAddress: address.host, port: 0)) != nil
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isIPAddress ? nil : address.host))
        }
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let upgrader = NIOTypedWebSocketClientUpgrader<SocketClient>(maxFrameSize: 1 << 20) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(bound.value)
                return SocketClient(channel: channel, handler: bound)
            }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET,
            uri: "\(route.prefix)/socket.io/?EIO=4&transport=websocket" + (session.map { "&sid=\($0)" } ?? ""),
            headers: HTTPHeaders([("Host", address.authority)] + route.headers))
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(Failure.notUpgraded)
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first frame may arrive in one read with its 101.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    /// Sends a WebSocket ping and waits for its pong: every frame that the server sent before has then arrived.
    func ping() async throws {
        let pong = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute { [handler, channel] in handler.value.ping(on: channel, pong) }
        try await pong.futureResult.get()
    }

    package func close() async {
        try? await channel.close()
    }
}
