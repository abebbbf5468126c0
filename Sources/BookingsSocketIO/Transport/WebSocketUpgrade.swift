import Bookings
import BookingsHTTP
import Crypto
import HTTPTypes
import NIOCore
import NIOWebSocket

/// Lets the handshakes of Engine.IO become WebSockets (RFC 6455, 4.2).
///
/// What it does not accept is answered by the polling routes, which name the reason.
package struct WebSocketUpgrade: ConnectionUpgrader {
    private let gateway: SocketGateway

    package init(gateway: SocketGateway) {
        self.gateway = gateway
    }

    package func accepts(_ head: HTTPRequest) -> HTTPFields? {
        let fields = head.headerFields
        guard !gateway.isShutDown, head.method == .get, let key = Self.key(of: fields),
            fields[values: .upgrade].count == 1, fields[.upgrade]?.lowercasedASCII == "websocket",
            fields[values: .secWebSocketVersion] == ["13"]
        else { return nil }
        switch purpose(of: head) {
        case .webSocket(let session?): if gateway.polling(session) == nil { return nil }
        case .webSocket(nil): break
        case .polling, nil: return nil
        }
        var answer: HTTPFields = [.secWebSocketAccept: Self.accept(key)]
        answer[.secWebSocketProtocol] = Self.firstProtocol(of: fields)
        return answer
    }

    package func install(for head: HTTPRequest, behind handler: any ChannelHandler, on channel: any Channel) throws {
        guard let shard = gateway.shard(of: channel.eventLoop) else {
            preconditionFailure("A connection was accepted on a loop that the gateway does not know.")
        }
        if let bytes = gateway.options.backlog.systemBytes {
            try channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(bytes))
        }
        let aggregator = NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
            maxAccumulatedFrameSize: gateway.options.maxPayload)
        let operations = channel.pipeline.syncOperations
        try operations.addHandlers(
            [
                WebSocketFrameEncoder(),
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: gateway.options.maxPayload)),
                WebSocketProtocolErrorHandler(isServer: true),
                aggregator,
            ], position: .after(handler))
        // The transport writes as soon as it is added: the encoder must be there.
        try operations.addHandler(transport(for: head, on: channel, shard), position: .after(aggregator))
    }

    private func transport(for head: HTTPRequest, on channel: any Channel, _ shard: SocketShard) -> WebSocketTransport {
        if case .webSocket(let session?) = purpose(of: head) {
            return WebSocketTransport(probing: gateway.polling(session), on: channel, gateway: gateway)
        }
        let connection = SocketConnection(
            gateway: gateway, shard: shard, requestToken: Self.token(of: head),
            remoteAddress: channel.remoteAddress?.ipAddress)
        return WebSocketTransport(opening: connection, on: channel, gateway: gateway)
    }

    private func purpose(of head: HTTPRequest) -> Handshake.Purpose? {
        guard let target = head.path, RequestPath.path(of: head) == Handshake.path else { return nil }
        let query = target.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init)
        return try? gateway.handshake.purpose(
            query: query, origin: head.headerFields[.origin], host: head.authority, isGet: true, isUpgrade: true)
    }

    /// The `Authorization` header, else `?token=`.
    private static func token(of head: HTTPRequest) -> String? {
        if let header = head.headerFields[.authorization] { return header }
        var query = QueryReader(head.path?.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init))
        return query.string("token")
    }

    /// The one key, which is 16 bytes in base64; nil: there is no valid one.
    private static func key(of fields: HTTPFields) -> String? {
        let keys = fields[values: .secWebSocketKey]
        guard keys.count == 1, keys[0].utf8.count == 24, keys[0].hasSuffix("=="),
            Base64URL.decode(
                keys[0].dropLast(2).replacing("+", with: "-").replacing("/", with: "_"))?.count == 16
        else { return nil }
        return keys[0]
    }

    private static func accept(_ key: String) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        // Twenty bytes: one character of padding.
        return Base64URL.encode(Array(hash.finalize())).replacing("-", with: "+").replacing("_", with: "/") + "="
    }

    /// The subprotocol that the client offers first: the service knows none, and browsers refuse an answer without one.
    private static func firstProtocol(of fields: HTTPFields) -> String? {
        fields[values: .secWebSocketProtocol].first?.split(separator: ",").first.map { Substring($0).trimmingSpaces }
    }
}
