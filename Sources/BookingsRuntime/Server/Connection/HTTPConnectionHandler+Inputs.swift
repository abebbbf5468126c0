import Bookings
import BookingsHTTP
import NIOCore
import NIOHTTP1

/// Inputs: what the decoder, the socket and the server report.
extension HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        executor = EventLoopExecutor(context.eventLoop)
        remoteAddress = context.remoteAddress?.ipAddress
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): receive(head, context)
        case .body(let bytes): state.receive(.body(bytes), at: context.eventLoop.now)
        case .end:
            bodyAborted = nil
            requestLine.expectRequestLine()
            state.receive(.end, at: context.eventLoop.now)
        }
        performActions()
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        do throws(ProtocolError) {
            var head = try RequestHead(head, limits: services.limits)
            let intake = services.responder.intake(of: head.request)
            head.target = intake.target
            intake.bodyBegan?()
            bodyAborted = intake.bodyAborted
            state.receive(.head(head, intake), at: context.eventLoop.now)
        } catch {
            state.receive(.failure(error), at: context.eventLoop.now)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.readCompleted(at: context.eventLoop.now)
        performActions()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ConnectionEvent.makeRoom:
            if state.isResponding { drain() } else { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            abortBody()
            state.inputClosed()
            performActions()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(to: context.channel.isWritable, at: context.eventLoop.now)
        performActions()
    }

    func channelInactive(context: ChannelHandlerContext) {
        abortBody()
        state.channelClosed()
        performActions()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // More bytes arrived after the decoder failed. The requests before the failure are answered all the same.
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        var cause = ProtocolError(error)
        if cause == .headTooLarge, requestLine.isTooLong { cause = .targetTooLong }
        if cause == .unknownMethod, !requestLine.beginsWithMethod { cause = .malformed }
        state.receive(.failure(cause), at: context.eventLoop.now)
        performActions()
    }

    func read(context: ChannelHandlerContext) {
        if state.wantsRead { context.read() } else { isReadPending = true }
    }

    private func abortBody() {
        bodyAborted?()
        bodyAborted = nil
    }
}
