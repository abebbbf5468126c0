import Bookings
import BookingsHTTP
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Upgrades to a WebSocket.
extension HTTPConnectionHandler {
    /// Turns the connection into a WebSocket, or has the request answered as any other.
    ///
    /// The parser stops after such a request. The bytes that follow belong to the WebSocket; after a refused upgrade a
    /// new parser reads them.
    func upgrade(_ head: RequestHead, _ body: GatheredBody, _ context: ChannelHandlerContext) {
        do {
            let stopped = decoder
            guard !isBeyondLimit, !head.isHTTP10, let fields = services.upgrader?.accepts(head.request) else {
                decoder = Self.makeDecoder(services.limits)
                try context.pipeline.syncOperations.addHandler(decoder, position: .after(stopped))
                try remove(stopped, from: context.channel, removesMeter: false)
                return state.upgradeRefused(head, body)
            }
            try switchProtocols(head.request, fields, context)
        } catch {
            context.close(promise: nil)
        }
    }

    private func switchProtocols(
        _ head: HTTPRequest, _ fields: HTTPFields, _ context: ChannelHandlerContext
    ) throws {
        let bytes = ResponseEncoder.switchingProtocols(fields, allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        needsFlush = false
        state.upgraded()
        let channel = context.channel
        try services.upgrader?.install(for: head, behind: self, on: channel)
        // This handler goes first, so that the bytes that the decoder still holds reach the WebSocket.
        channel.pipeline.syncOperations.removeHandler(self, promise: nil)
        try remove(decoder, from: channel, removesMeter: true)
        upgraded()
        if isReadPending { channel.read() }
    }

    /// Removes a decoder, which delivers the bytes that it still holds a moment later. Bytes that arrive meanwhile are
    /// held back, so that they keep their order.
    ///
    /// - Parameter removesMeter: Whether the request line meter is removed too, since no request follows.
    private func remove(
        _ decoder: ByteToMessageHandler<HTTPRequestDecoder>, from channel: any Channel, removesMeter: Bool
    ) throws {
        let meter = try channel.pipeline.syncOperations.context(handler: requestLine)
        requestLine.pause()
        let removed = channel.eventLoop.makePromise(of: Void.self)
        removed.futureResult.assumeIsolated().whenComplete { [requestLine] _ in
            requestLine.resume(context: meter)
            if removesMeter { channel.pipeline.syncOperations.removeHandler(requestLine, promise: nil) }
        }
        channel.pipeline.syncOperations.removeHandler(decoder, promise: removed)
    }
}
