import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

extension HTTPServerBuilder {
    /// HTTP/1.1, with WebSockets for the gateway at `/socket.io/`. `whole` answers the requests that it takes as soon as
    /// they are here; all others reach the server's own responder.
    static func http1(gateway: SocketGateway, whole: BookingsResponder) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in UpgradableChannel(responder: responder, gateway: gateway, whole: whole) }
    }
}

/// A connection that begins as HTTP/1.1 and may become a Socket.IO WebSocket.
struct UpgradableChannel: ServerChildChannel, HTTPChannelHandler {
    typealias HTTPChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    enum Negotiated: Sendable {
        case http(HTTPChannel)
        case socket(any Channel)
    }

    struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        let channel: any Channel
        let serve: @Sendable () -> Bool
    }

    let responder: HTTPChannelHandler.Responder
    let gateway: SocketGateway
    let whole: BookingsResponder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let quiesceGate = QuiesceGate()
            let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Negotiated>(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture { .http(try becomeHTTP(channel, logger: logger)) }
                })
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade)
            pipeline.enablePipelining = false
            pipeline.enableErrorHandling = true
            pipeline.enableResponseHeaderValidation = false
            let negotiated = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: pipeline)
            let operations = channel.pipeline.syncOperations
            let upgradeHandler = try operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self)
            try operations.addHandler(quiesceGate, position: .before(upgradeHandler))
            try operations.addHandler(SaysContinue(), position: .before(upgradeHandler))
            try operations.addHandler(
                UpgradeGate(opens: { [gateway] in Self.opens($0, by: gateway) }), position: .before(upgradeHandler))
            try operations.addHandler(ClosesAfterProtocolError())
            return Value(negotiated: negotiated, channel: channel, serve: quiesceGate.serve)
        }
    }

    func handle(value: Value, logger: Logger) async {
        guard value.serve() else { return }
        do {
            switch try await value.negotiated.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .socket(let channel):
                try await withTaskCancellationHandler {
                    try await channel.closeFuture.get()
                } onCancel: {
                    channel.close(promise: nil)
                }
            }
        } catch {
            logger.debug("A connection ended before it was served.", metadata: ["error": "\(error)"])
            try? await value.channel.close()
        }
    }

    private func becomeHTTP(_ channel: any Channel, logger: Logger) throws -> HTTPChannel {
        let operations = channel.pipeline.syncOperations
        let gate = try operations.handler(type: QuiesceGate.self)
        try operations.addHandlers([
            HTTP1ToHTTPServerCodec(secure: false), HTTPConnectionStateHandler(logger: logger),
            WholeRequests(
                takes: { gate.isServed && BookingsResponder.answersWhole($0) },
                respond: { [whole] in await whole.answer($0, $1) }),
        ])
        gate.becameHTTP(on: channel)
        return try HTTPChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    private var upgrader: NIOTypedWebSocketServerUpgrader<Negotiated> {
        NIOTypedWebSocketServerUpgrader(
            maxFrameSize: gateway.options.maxPayload,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
            upgradePipelineHandler: { [gateway] channel, head in
                channel.eventLoop.makeCompletedFuture { try Self.becomeSocket(channel, head, gateway) }
            })
    }

    private static func opens(_ head: HTTPRequestHead, by gateway: SocketGateway) -> Bool {
        guard !gateway.isShutDown, head.headers["upgrade"].map({ $0.lowercased() }) == ["websocket"],
            head.headers.first(name: "sec-websocket-version") == "13",
            head.headers["sec-websocket-key"].count == 1
        else { return false }
        switch purpose(of: head, by: gateway) {
        case .webSocket(let session?): return gateway.polling(session) != nil
        case .webSocket(nil): return true
        case .polling, nil: return false
        }
    }

    private static func purpose(of head: HTTPRequestHead, by gateway: SocketGateway) -> Handshake.Purpose? {
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        guard parts.first == Handshake.path[...] else { return nil }
        return try? gateway.handshake.purpose(
            query: parts.count > 1 ? String(parts[1]) : nil, origin: head.headers.first(name: "origin"),
            host: head.headers.first(name: "host"), isGet: head.method == .GET, isUpgrade: true)
    }

    private static func becomeSocket(
        _ channel: any Channel, _ head: HTTPRequestHead, _ gateway: SocketGateway
    ) throws -> Negotiated {
        guard let shard = gateway.shard(of: channel.eventLoop) else {
            preconditionFailure("A connection was accepted on a loop that the gateway does not know.")
        }
        let gate = try channel.pipeline.syncOperations.handler(type: UpgradeGate.self)
        channel.pipeline.syncOperations.removeHandler(gate, promise: nil)
        let herald = try channel.pipeline.syncOperations.handler(type: SaysContinue.self)
        channel.pipeline.syncOperations.removeHandler(herald, promise: nil)
        let most = gateway.options.backlog.mostUnwrittenBytes
        if let bytes = gateway.options.backlog.systemBytes {
            try channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(bytes))
        }
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: most / 2, high: most))
        try channel.pipeline.syncOperations.addHandlers([
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
                maxAccumulatedFrameSize: gateway.options.maxPayload),
            transport(for: head, on: channel, shard, gateway),
        ])
        return .socket(channel)
    }

    private static func transport(
        for head: HTTPRequestHead, on channel: any Channel, _ shard: SocketShard, _ gateway: SocketGateway
    ) -> WebSocketTransport {
        if case .webSocket(let session?) = purpose(of: head, by: gateway) {
            return WebSocketTransport(probing: gateway.polling(session), on: channel, gateway: gateway)
        }
        let connection = SocketConnection(gateway: gateway, shard: shard, requestToken: token(of: head))
        return WebSocketTransport(opening: connection, on: channel, gateway: gateway)
    }

    /// The `Authorization` header, else `?token=`.
    private static func token(of head: HTTPRequestHead) -> String? {
        if let header = head.headers.first(name: "authorization") { return header }
        var query = QueryReader(head.uri.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init))
        return query.text("token")
    }
}

/// Lets through the upgrades that are ours. Every other request that asks for one is served as it is (RFC 9110, 7.8).
private final class UpgradeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let opens: (HTTPRequestHead) -> Bool

    init(opens: @escaping (HTTPRequestHead) -> Bool) {
        self.opens = opens
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: "upgrade"), !opens(head) else {
            return context.fireChannelRead(data)
        }
        head.headers.remove(name: "upgrade")
        // The parser reads nothing behind such a request.
        head.headers.replaceOrAdd(name: "connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}

/// Ends a connection whose bytes are no HTTP; its 400 has been written by then.
private final class ClosesAfterProtocolError: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { context.close(promise: nil) } else { context.fireErrorCaught(error) }
    }
}
