import Bookings
import BookingsHTTP
import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Responses: in one piece, or part by part. A response ends when the system has taken all of it, which the client
/// delays by not enlarging its windows (RFC 9113, 5.2), for `ConnectionLimits.writeTimeout` at most.
extension HTTP2StreamHandler {
    /// Passes the request to the responder and writes its response.
    func respond(to head: RequestHead, _ body: GatheredBody, _ context: ChannelHandlerContext) {
        let request = IncomingRequest(
            head: head.request, body: body, remoteAddress: connection.remoteAddress,
            isBeyondLimit: connection.isBeyondLimit, target: head.target)
        sendResponse(context) { [responder = connection.services.responder] in await responder.respond(to: request) }
    }

    /// Writes the response that `respond` returns. Where nothing is awaited, it is written before this function returns.
    func sendResponse(_ context: ChannelHandlerContext, by respond: @escaping @Sendable () async -> Response) {
        let loop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: loop)
        isAwaitingResponse = true
        let task = Task<Void, Never>.immediate(executorPreference: connection.executor) {
            await HTTP2StreamHandler.deliver(respond, to: handler, loop)
        }
        if isAwaitingResponse { responseTask = task }
    }

    private static func deliver(
        _ respond: @Sendable () async -> Response, to handler: NIOLoopBound<HTTP2StreamHandler>, _ loop: any EventLoop
    ) async {
        let response = await respond()
        switch response.body {
        case .stream(let write): await stream(response, handler, loop, by: write)
        case .bytes(let body) where loop.inEventLoop: handler.value.sendComplete(response, body)
        case .bytes(let body): loop.execute { handler.value.sendComplete(response, body) }
        }
    }

    private func sendComplete(_ response: Response, _ body: ByteBuffer) {
        guard let context, state.beginResponse(ofKnownLength: true) != nil else { return endTask() }
        write(.head(head(of: response, length: body.readableBytes)), context)
        if body.readableBytes > 0, response.mayHaveBody { write(.body(body), context) }
        finish(context)
    }

    /// Writes the end of the response.
    private func finish(_ context: ChannelHandlerContext) {
        state.writeBegan(at: context.eventLoop.now)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            endTask()
            state.writeEnded()
            state.endResponse(at: context.eventLoop.now)
            performActions()
        }
    }

    private func endTask() {
        isAwaitingResponse = false
        responseTask = nil
    }

    private func head(of response: Response, length: Int?) -> HTTPResponse {
        var fields = response.headers
        fields[.connection] = nil
        fields[.date] = connection.services.date()
        if !response.mayHaveBody {
            fields[.contentLength] = nil
        } else if let length, !fields.contains(.contentLength) {
            fields[.contentLength] = "\(length)"
        }
        return HTTPResponse(status: .init(code: response.status.code), headerFields: fields)
    }

    /// Writes a part; the end of the response flushes it.
    func write(_ part: HTTPResponsePart, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(part), promise: nil)
    }

    /// Ends the stream at once (RFC 9113, 6.4).
    func reset(_ code: NIOHTTP2.HTTP2ErrorCode, _ context: ChannelHandlerContext) {
        context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: code), promise: nil)
    }

    // MARK: - Streams

    /// Writes the response while its body is produced. A body that fails resets the stream, so that the client sees that
    /// it is not complete.
    private static func stream(
        _ response: Response, _ handler: NIOLoopBound<HTTP2StreamHandler>, _ loop: any EventLoop,
        by write: @Sendable (any ResponseBodyWriter) async throws -> Void
    ) async {
        guard (try? await loop.submit { handler.value.beginStream(response) }.get()) == true else { return }
        let isComplete = (try? await write(HTTP2StreamWriter(handler: handler, loop: loop))) != nil
        loop.execute { handler.value.endStream(isComplete: isComplete) }
    }

    private func beginStream(_ response: Response) -> Bool {
        guard let context, state.beginResponse(ofKnownLength: false) != nil else { return false }
        context.writeAndFlush(wrapOutboundOut(.head(head(of: response, length: nil))), promise: nil)
        return true
    }

    /// Writes a part of the body. The future succeeds when the system has taken it.
    fileprivate func writePart(_ bytes: ByteBuffer, on loop: any EventLoop) -> EventLoopFuture<Void> {
        guard let context else { return loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        state.writeBegan(at: context.eventLoop.now)
        let promise = loop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.body(bytes)), promise: promise)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.state.writeEnded() }
        return promise.futureResult
    }

    private func endStream(isComplete: Bool) {
        endTask()
        guard let context, state.isResponding else { return }
        if isComplete { finish(context) } else { reset(.internalError, context) }
    }
}

/// Writes the parts of a body to a stream, one after the other.
private struct HTTP2StreamWriter: ResponseBodyWriter {
    let handler: NIOLoopBound<HTTP2StreamHandler>
    let loop: any EventLoop

    func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await loop.flatSubmit { handler.value.writePart(buffer, on: loop) }.get()
    }
}
