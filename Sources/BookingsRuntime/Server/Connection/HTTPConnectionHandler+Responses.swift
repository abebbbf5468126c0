import Bookings
import BookingsHTTP
import NIOCore

/// Responses whose body is in memory: written in one or two buffers.
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

    /// Writes the response that `respond` returns. The work begins on the event loop's thread and returns to it after
    /// each wait; where nothing is awaited it ends before this function returns.
    func sendResponse(_ context: ChannelHandlerContext, by respond: @escaping @Sendable () async -> Response) {
        let loop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: loop)
        isAwaitingResponse = true
        let task = Task<Void, Never>.immediate(executorPreference: executor) { [respond] in
            await HTTPConnectionHandler.deliver(respond, to: handler, loop)
        }
        if isAwaitingResponse { responseTask = task }
    }

    private static func deliver(
        _ respond: @Sendable () async -> Response, to handler: NIOLoopBound<HTTPConnectionHandler>,
        _ loop: any EventLoop
    ) async {
        let response = await respond()
        switch response.body {
        case .stream(let write): await stream(response, handler, loop, by: write)
        case .bytes(let body) where loop.inEventLoop: handler.value.sendComplete(response, body)
        case .bytes(let body): loop.execute { handler.value.sendComplete(response, body) }
        }
    }

    private func sendComplete(_ response: Response, _ body: ByteBuffer) {
        isAwaitingResponse = false
        responseTask = nil
        guard let context, let framing = state.beginResponse(ofKnownLength: true) else { return }
        let (first, second) = ResponseEncoder.complete(
            response, body, framing: framing, date: services.date(), allocator: context.channel.allocator)
        write(first, context)
        if let second { write(second, context) }
        state.endResponse(at: context.eventLoop.now)
        performActions()
    }
}
