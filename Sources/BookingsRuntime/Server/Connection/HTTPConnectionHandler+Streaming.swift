import BookingsHTTP
import NIOCore

/// Responses of unknown length: each part is written when the one before it was passed to the system.
extension HTTPConnectionHandler {
    /// Writes the response while its body is produced. A body that fails closes the connection, so that the client sees
    /// that it is not complete.
    static func stream(
        _ response: Response, _ handler: NIOLoopBound<HTTPConnectionHandler>, _ loop: any EventLoop,
        by write: @Sendable (any ResponseBodyWriter) async throws -> Void
    ) async {
        guard let framing = (try? await loop.submit { handler.value.beginStream(response) }.get()) ?? nil else {
            return
        }
        let isComplete = (try? await write(StreamWriter(handler: handler, loop: loop, framing: framing))) != nil
        loop.execute { handler.value.endStream(framing, isComplete: isComplete) }
    }

    private func beginStream(_ response: Response) -> HTTPConnectionState.Framing? {
        guard let context, let framing = state.beginResponse(ofKnownLength: false) else { return nil }
        let bytes = ResponseEncoder.streamHead(
            response, framing: framing, date: services.date(), allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        return framing
    }

    /// Writes a part of the stream. The future succeeds when the bytes were passed to the system.
    fileprivate func writeChunk(_ bytes: ByteBuffer, on loop: any EventLoop) -> EventLoopFuture<Void> {
        guard let context else { return loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        state.writeBegan(at: context.eventLoop.now)
        let promise = loop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.state.writeEnded() }
        return promise.futureResult
    }

    private func endStream(_ framing: HTTPConnectionState.Framing, isComplete: Bool) {
        isAwaitingResponse = false
        responseTask = nil
        guard let context, state.isResponding else { return }
        guard isComplete else { return context.close(promise: nil) }
        if framing.isChunked { write(ResponseEncoder.lastChunk, context) }
        state.endResponse(at: context.eventLoop.now)
        performActions()
    }
}

/// Writes the parts of a stream to the connection, one after the other.
private struct StreamWriter: ResponseBodyWriter {
    let handler: NIOLoopBound<HTTPConnectionHandler>
    let loop: any EventLoop
    let framing: HTTPConnectionState.Framing

    func write(_ buffer: ByteBuffer) async throws {
        // An empty chunk would end the body.
        guard buffer.readableBytes > 0 else { return }
        let bytes = ResponseEncoder.chunk(buffer, framing: framing)
        try await loop.flatSubmit { handler.value.writeChunk(bytes, on: loop) }.get()
    }
}
