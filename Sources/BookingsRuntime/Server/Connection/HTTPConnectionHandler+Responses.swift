import Bookings
import BookingsHTTP
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Responses of known length: collected, then written in one or two buffers.
extension HTTPConnectionHandler {
    /// Passes the request to the responder and writes its response.
    func respond(to head: RequestHead, _ body: GatheredBody, _ context: ChannelHandlerContext) {
        let request = IncomingRequest(
            head: head.request, body: body, remoteAddress: remoteAddress, isBeyondLimit: isBeyondLimit,
            target: head.target)
        sendResponse(context) { [responder = services.responder] in
            await responder.respond(to: request)
        }
    }

    /// Writes the response that `respond` returns. The work begins on the event loop's thread, and where nothing is
    /// awaited it ends there too, before this function returns.
    func sendResponse(_ context: ChannelHandlerContext, by respond: @escaping @Sendable () async -> Response) {
        let loop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: loop)
        isAwaitingResponse = true
        let task = Task<Void, Never>.immediate { [respond] in
            await HTTPConnectionHandler.deliver(respond, to: handler, loop)
        }
        if isAwaitingResponse { responseTask = task }
    }

    private static func deliver(
        _ respond: @Sendable () async -> Response, to handler: NIOLoopBound<HTTPConnectionHandler>,
        _ loop: any EventLoop
    ) async {
        let response = await respond()
        guard response.body.contentLength != nil else { return await stream(response, handler, loop) }
        let head = response.head
        let body = await collectBody(of: response)
        if loop.inEventLoop {
            handler.value.sendComplete(head, body)
        } else {
            loop.execute { handler.value.sendComplete(head, body) }
        }
    }

    private static func collectBody(of response: Response) async -> ByteBuffer {
        let writer = BufferedBodyWriter()
        // The writer does not fail, and a body of known length has no other source of errors.
        try? await response.body.write(writer)
        return writer.buffer
    }

    private func sendComplete(_ head: HTTPResponse, _ body: ByteBuffer) {
        isAwaitingResponse = false
        responseTask = nil
        guard let context, let framing = state.beginResponse(ofKnownLength: true) else { return }
        let (first, second) = ResponseEncoder.complete(
            head, body, framing: framing, date: services.date(), allocator: context.channel.allocator)
        write(first, context)
        if let second { write(second, context) }
        state.endResponse(at: context.eventLoop.now)
        performActions()
    }
}

/// Collects a body of known length.
private final class BufferedBodyWriter: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) {
        // The body is usually a single buffer, which need not be copied.
        if self.buffer.readableBytes == 0 { self.buffer = buffer } else { self.buffer.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) {}
}
