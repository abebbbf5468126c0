import NIOCore

/// A keep-alive connection of the load generator, with at most one request at a time. Lives on its event loop.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Outcome = Result<ResponseReader.Response, LoadFailure>

    /// The request without a response.
    private var completion: ((Outcome) -> Void)?
    /// When that request times out.
    private var deadline = NIODeadline.distantFuture
    private var context: ChannelHandlerContext?
    private var reader = ResponseReader()
    private var received = ByteBuffer()
    private unowned let pool: ConnectionPool
    /// Whether one client keeps it, so that the pool never lends it to another.
    var isDedicated = false
    /// Called once when the connection ends.
    var ended: (() -> Void)?

    init(pool: ConnectionPool) { self.pool = pool }

    /// Sends a request; calls `completion` once.
    func send(_ request: ByteBuffer, deadline: NIODeadline, _ completion: @escaping (Outcome) -> Void) {
        guard let context, context.channel.isActive else { return completion(.failure(.closed)) }
        self.completion = completion
        self.deadline = deadline
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    /// Ends the connection if its request waits past its deadline.
    func checkDeadline(_ now: NIODeadline) {
        guard completion != nil, deadline <= now else { return }
        fail(.timedOut)
    }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        switch reader.next(from: &received) {
        case .needsMore: break
        case .malformed: fail(.malformedResponse)
        case .response(let response): finish(response)
        }
    }

    private func finish(_ response: ResponseReader.Response) {
        guard let completion = completion.take() else { return fail(.malformedResponse) }
        if response.isLast { close() } else if !isDedicated { pool.release(self) }
        completion(.success(response))
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.remove(self)
        completion.take()?(.failure(.closed))
        ended.take()?()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = LoadFailure(error)
        fail(failure == .notConnected ? .closed : failure)
    }

    private func fail(_ failure: LoadFailure) {
        // The end of the connection would name itself as the reason.
        let completion = completion.take()
        close()
        completion?(.failure(failure))
    }
}
