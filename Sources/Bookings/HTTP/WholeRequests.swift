import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Answers requests that are here whole, at once: one value in, one value out.
///
/// Most requests are: head and body came with one reading of the socket, and the answer is one buffer. Everything else
/// (a body that is still on its way, a stream, a long poll, a connection that is to close) passes on to Hummingbird's
/// channel behind this handler. Requests are answered in their order; while one is, the rest of what was read waits
/// here, and no more is read.
final class WholeRequests: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Answer: Sendable {
        let head: HTTPResponse
        let body: ByteBuffer
    }

    /// A larger body is one that is still on its way.
    private static let largestBody = 64 * 1024

    private enum State {
        case idle
        /// The request has come thus far.
        case gathering(HTTPRequest)
        case answering
        /// So many requests are under way behind.
        case passing(Int)
    }

    private enum Arrival {
        case part(HTTPRequestPart)
        case endOfInput
    }

    private let takes: (HTTPRequest) -> Bool
    private let respond: @Sendable (HTTPRequest, ByteBuffer) async -> Answer?
    private var context: ChannelHandlerContext?
    private var state = State.idle
    private var body = ByteBuffer()
    private var waiting = CircularBuffer<Arrival>()
    private var hasPassedOn = false
    private var owesRead = false
    private var isGoingOn = false

    /// `takes`: whether a request may be answered here. `respond`: nil ends the connection.
    init(
        takes: @escaping (HTTPRequest) -> Bool, respond: @escaping @Sendable (HTTPRequest, ByteBuffer) async -> Answer?
    ) {
        self.takes = takes
        self.respond = respond
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: - In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(unwrapInboundIn(data), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) { endReading(context) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .answering = state, case .inputClosed? = event as? ChannelEvent {
            waiting.append(.endOfInput)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func receive(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.answering, _):
            waiting.append(.part(part))
        case (.idle, .head(let head)) where Self.mayBeWhole(head) && takes(head):
            state = .gathering(head)
        case (.gathering, .body(var more)) where body.readableBytes + more.readableBytes <= Self.largestBody:
            if body.readableBytes == 0 { body = more } else { body.writeBuffer(&more) }
        case (.gathering(let head), .end(nil)):
            answer(head, context)
        default:
            passOnGathered(context)
            passOn(part, context)
        }
    }

    /// What has not come whole with this reading of the socket is waited for behind.
    private func endReading(_ context: ChannelHandlerContext) {
        passOnGathered(context)
        guard hasPassedOn else { return }
        hasPassedOn = false
        context.fireChannelReadComplete()
    }

    private func passOnGathered(_ context: ChannelHandlerContext) {
        guard case .gathering(let head) = state else { return }
        state = .idle
        passOn(.head(head), context)
        if body.readableBytes > 0 { passOn(.body(body), context) }
        body = ByteBuffer()
    }

    private func passOn(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        if case .head = part {
            if case .passing(let count) = state { state = .passing(count + 1) } else { state = .passing(1) }
        }
        hasPassedOn = true
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// A connection that is to close behind the answer is closed by the one who serves it.
    private static func mayBeWhole(_ head: HTTPRequest) -> Bool {
        guard let connection = head.headerFields[.connection] else { return true }
        return connection == "keep-alive"
    }

    // MARK: - Out

    private func answer(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        state = .answering
        let body = body
        self.body = ByteBuffer()
        let loop = context.eventLoop
        let here = NIOLoopBound(self, eventLoop: loop)
        // Begins here and now, and ends so where nothing is waited for: no other thread is woken.
        Task.immediate { [respond] in
            let answer = await respond(head, body)
            if loop.inEventLoop { here.value.write(answer) } else { loop.execute { here.value.write(answer) } }
        }
    }

    private func write(_ answer: Answer?) {
        guard let context else { return }
        guard let answer else { return context.close(promise: nil) }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if answer.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(answer.body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        state = .idle
        goOn(context)
    }

    /// With what came while the answer was under way.
    private func goOn(_ context: ChannelHandlerContext) {
        // An answer that is there at once comes back to here: the turn that goes on already takes the next request.
        guard !isGoingOn else { return }
        isGoingOn = true
        takeWaiting(context)
        isGoingOn = false
        guard waiting.isEmpty, owesRead else { return }
        owesRead = false
        context.read()
    }

    /// Up to a request whose answer is to be waited for.
    private func takeWaiting(_ context: ChannelHandlerContext) {
        guard !waiting.isEmpty else { return }
        while let next = waiting.popFirst() {
            switch next {
            case .part(let part): receive(part, context)
            case .endOfInput: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
            if case .answering = state { return }
        }
        endReading(context)
    }

    func read(context: ChannelHandlerContext) {
        if case .answering = state, !waiting.isEmpty { owesRead = true } else { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), case .passing(let count) = state {
            state = count == 1 ? .idle : .passing(count - 1)
        }
        context.write(data, promise: promise)
    }
}
