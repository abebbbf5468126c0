import Bookings
import BookingsHTTP
import Crypto
import HTTPTypes
import NIOCore
import NIOWebSocket

/// Upgrades the handshakes of Engine.IO to WebSockets (RFC 6455, section 4.2).
///
/// A handshake that it does not accept is answered by the polling routes, which send the reason.
package struct WebSocketUpgrade: ConnectionUpgrader {
    private let gateway: SocketGateway

    /// Creates the upgrade to sessions of `gateway`.
    package init(gateway: SocketGateway) {
        self.gateway = gateway
    }

    /// Returns the header fields of the 101 response, or `nil` when the handshake is not accepted.
    package func accepts(_ head: HTTPRequest) -> HTTPFields? {
        let fields = head.headerFields
        guard !gateway.isShutDown, head.method == .get, let key = Self.key(of: fields),
            fields[values: .upgrade].count == 1, fields[.upgrade]?.lowercasedASCII == "websocket",
            fields[values: .secWebSocketVersion] == ["13"]
        else { return nil }
        switch purpose(of: head) {
        case .webSocket(let session?): if gateway.sessions.polling(session) == nil { return nil }
        case .webSocket(nil): break
        case .polling, nil: return nil
        }
        var answer: HTTPFields = [.secWebSocketAccept: Self.accept(key)]
        answer[.secWebSocketProtocol] = Self.firstProtocol(of: fields)
        return answer
    }

    /// Adds the WebSocket handlers to the pipeline of an upgraded channel, behind `handler`.
    ///
    /// - Throws: An error of the channel when an option or a handler cannot be set.
    package func install(for head: HTTPRequest, behind handler: any ChannelHandler, on channel: any Channel) throws {
        guard let shard = gateway.shard(of: channel.eventLoop) else {
            preconditionFailure("A connection was accepted on an event loop that the gateway does not serve.")
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
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: gateway.options.maxPayload)), aggregator,
            ], position: .after(handler))
        let transport = transport(for: head, on: channel, shard)
        transport.outputPosition = .after(handler)
        try operations.addHandler(transport, position: .after(aggregator))
    }

    private func transport(for head: HTTPRequest, on channel: any Channel, _ shard: SocketShard) -> WebSocketTransport {
        if case .webSocket(let session?) = purpose(of: head) {
            return WebSocketTransport(probing: gateway.sessions.polling(session), on: channel, gateway: gateway)
        }
        let connection = SocketConnection(
            gateway: gateway, shard: shard, requestToken: Handshake.token(of: head),
            remoteAddress: channel.remoteAddress?.ipAddress)
        return WebSocketTransport(opening: connection, on: channel, gateway: gateway)
    }

    /// Returns the purpose of a handshake, or `nil` when it is not one of Engine.IO or is refused.
    private func purpose(of head: HTTPRequest) -> Handshake.Purpose? {
        guard RequestPath.path(of: head) == Handshake.path else { return nil }
        return try? gateway.handshake.purpose(of: head)
    }

    /// Returns the `Sec-WebSocket-Key`, or `nil` unless there is exactly one with 16 bytes in base64.
    private static func key(of fields: HTTPFields) -> String? {
        let keys = fields[values: .secWebSocketKey]
        guard keys.count == 1, keys[0].utf8.count == 24, keys[0].hasSuffix("=="),
            Base64URL.decode(
                keys[0].dropLast(2).replacing("+", with: "-").replacing("/", with: "_"))?.count == 16
        else { return nil }
        return keys[0]
    }

    /// Returns the `Sec-WebSocket-Accept` for a key (RFC 6455, section 4.2.2).
    private static func accept(_ key: String) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        // The hash has 20 bytes, which base64 pads with one character.
        return Base64URL.encode(Array(hash.finalize())).replacing("-", with: "+").replacing("_", with: "/") + "="
    }

    /// Returns the subprotocol that the client offers first. The service has none, but browsers refuse a response without
    /// one of those that they offered.
    private static func firstProtocol(of fields: HTTPFields) -> String? {
        fields[values: .secWebSocketProtocol].first?.split(separator: ",").first.map { Substring($0).trimmingSpaces }
    }
}
