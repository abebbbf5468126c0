import NIOCore
import NIOHTTP2
import NIOHTTPTypesHTTP2
import NIOSSL
import NIOTLS

/// The handlers of encrypted connections: the handshake, and the protocol that it chooses (ALPN, RFC 7301).
extension HTTPServer {
    func openTLS(_ channel: any Channel, _ context: NIOSSLContext, _ registry: ConnectionRegistry) throws {
        let handshake = TLSHandshakeHandler(limits: services.limits, at: channel.eventLoop.now)
        let negotiation = ApplicationProtocolNegotiationHandler { [self] result, channel in
            channel.eventLoop.makeCompletedFuture {
                channel.pipeline.syncOperations.removeHandler(handshake, promise: nil)
                // A client without ALPN uses HTTP/1.1, as WebSockets do.
                switch result {
                case .negotiated("h2"): try openHTTP2(channel, registry)
                case .negotiated, .fallback: try openHTTP1(channel, registry)
                }
            }
        }
        try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), negotiation, handshake])
        registry.add(handshake, on: channel)
    }

    private func openHTTP2(_ channel: any Channel, _ registry: ConnectionRegistry) throws {
        let loop = channel.eventLoop
        let placement = counter.placement(of: channel)
        let connection = HTTP2ConnectionHandler(services: services, isBeyondLimit: placement != .within, on: loop)
        let gracefulEnd = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: loop, configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil))
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let frames = NIOHTTP2Handler(
            mode: .server, eventLoop: loop, connectionConfiguration: Self.http2Configuration(services.limits),
            streamDelegate: gracefulEnd.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let handler = HTTP2StreamHandler(on: bound.value, at: stream.eventLoop.now)
                try stream.pipeline.syncOperations.addHandlers([HTTP2FramePayloadToHTTPServerCodec(), handler])
            }
        }
        try channel.pipeline.syncOperations.addHandlers([frames, gracefulEnd, connection])
        registry.add(connection, on: channel)
        if placement == .displaced { channel.pipeline.fireUserInboundEventTriggered(ConnectionEvent.makeRoom) }
    }

    /// The library's limits hold for all else: empty and control frames, `CONTINUATION` frames in a row, and at most 200
    /// streams that the client resets in 30 s.
    private static func http2Configuration(_ limits: ConnectionLimits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.maxStreams),
            // A head that is somewhat too large gets a response; one beyond this ends the connection.
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * limits.maxHeadBytes),
        ]
        return configuration
    }
}
