import Bookings
import BookingsHTTP
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// What connections share: who answers requests, and how long clients may take.
struct ConnectionServices: Sendable {
    let responder: any RequestResponder
    /// Nil: no request can become a WebSocket.
    let upgrader: (any ConnectionUpgrader)?
    let limits: ConnectionLimits
    /// The value of the `Date` header now.
    let date: @Sendable () -> String
}

/// Serves one HTTP/1.1 connection: performs what `HTTPConnectionState` decides.
///
/// It stands behind NIO's request decoder and writes bytes. While it answers a request, or the client does not read,
/// no more is read.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let services: ConnectionServices
    private let isBeyondLimit: Bool
    private let requestLine: RequestLineMeter
    /// Reads the client's bytes now. The pipeline cannot tell which one does: one that is replaced delivers what it
    /// still holds while it is being removed, and that may hold the next upgrade.
    private(set) var decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private var state: HTTPConnectionState
    private var context: ChannelHandlerContext?
    private var remoteAddress: String?
    /// The work on the present answer; nil when nothing is waited for.
    private var task: Task<Void, Never>?
    private var isAnswering = false
    /// Of the request whose body is still to come.
    private var bodyAborted: (@Sendable () -> Void)?
    private var isPerforming = false
    private var needsFlush = false
    private var owesRead = false

    /// `isBeyondLimit`: the connection is one of the few beyond the limit, which serve probes alone.
    init(services: ConnectionServices, requestLine: RequestLineMeter, isBeyondLimit: Bool, at now: NIODeadline) {
        self.services = services
        self.requestLine = requestLine
        self.isBeyondLimit = isBeyondLimit
        decoder = Self.makeDecoder(services.limits)
        state = HTTPConnectionState(limits: services.limits, at: now)
    }

    /// A decoder in front of the handler: heads are bounded.
    private static func makeDecoder(_ limits: ConnectionLimits) -> ByteToMessageHandler<HTTPRequestDecoder> {
        var bounds = NIOHTTPDecoderLimitConfiguration()
        bounds.maxHeaderFieldSize = limits.headBytes
        bounds.maxHeaderListSize = limits.headBytes
        bounds.maxHeaderFieldCount = limits.headerFields
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: bounds))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        remoteAddress = context.remoteAddress?.ipAddress
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: - Inputs

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): receive(head)
        case .body(let bytes): state.receive(.body(bytes), at: now(context))
        case .end:
            bodyAborted = nil
            requestLine.expectRequestLine()
            state.receive(.end, at: now(context))
        }
        perform()
    }

    private func receive(_ head: HTTPRequestHead) {
        guard let context else { return }
        do throws(ProtocolError) {
            let head = try RequestHead(head, limits: services.limits)
            let intake = services.responder.intake(of: head.request)
            intake.bodyBegan?()
            bodyAborted = intake.bodyAborted
            state.receive(.head(head, intake), at: now(context))
        } catch {
            state.receive(.failure(error), at: now(context))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.readCompleted(at: now(context))
        perform()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ConnectionEvent {
            if state.isResponding { drain() } else { context.close(promise: nil) }
            return
        }
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        abortBody()
        state.inputClosed()
        perform()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(to: context.channel.isWritable, at: now(context))
        perform()
    }

    func channelInactive(context: ChannelHandlerContext) {
        abortBody()
        state.channelClosed()
        perform()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The decoder has failed, and more came: the requests before are answered all the same.
        if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        var cause = ProtocolError(error)
        if cause == .headTooLarge, requestLine.isLong { cause = .targetTooLong }
        if cause == .unknownMethod, !requestLine.beginsWithWord { cause = .malformed }
        state.receive(.failure(cause), at: now(context))
        perform()
    }

    func read(context: ChannelHandlerContext) {
        if state.wantsRead { context.read() } else { owesRead = true }
    }

    /// Called about once a second.
    func tick() {
        guard let context else { return }
        state.tick(at: now(context))
        perform()
    }

    /// Every answer from now on closes the connection.
    func drain() {
        guard let context else { return }
        state.drain(at: now(context))
        tick()
    }

    var activity: HTTPConnectionState.Activity { state.activity }

    private func abortBody() {
        bodyAborted?()
        bodyAborted = nil
    }

    private func now(_ context: ChannelHandlerContext) -> NIODeadline { context.eventLoop.now }

    // MARK: - Actions

    private func perform() {
        // An answer that is there at once comes back to here; the turn that is under way goes on with it.
        guard !isPerforming, let loop = context?.eventLoop else { return }
        isPerforming = true
        while let action = state.nextAction(at: loop.now) { perform(action) }
        isPerforming = false
        guard let context else { return }
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        if owesRead, state.wantsRead {
            owesRead = false
            context.read()
        }
    }

    private func perform(_ action: HTTPConnectionState.Action) {
        guard let context else { return }
        switch action {
        case .sendContinue:
            write(ResponseEncoder.continues, context)
        case .respond(let head, let body):
            respond(to: head, body, context)
        case .considerUpgrade(let head, let body):
            upgrade(head, body, context)
        case .reject(let error):
            answer(context) { [responder = services.responder] in responder.response(to: error) }
        case .abandonResponse:
            task?.cancel()
            task = nil
            context.close(promise: nil)
        case .closeOutput:
            context.flush()
            context.close(mode: .output, promise: nil)
        case .close:
            context.flush()
            context.close(promise: nil)
        }
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(bytes), promise: nil)
        needsFlush = true
    }

    /// Has the pipeline answer.
    private func respond(to head: RequestHead, _ body: GatheredBody, _ context: ChannelHandlerContext) {
        let request = IncomingRequest(
            head: head.request, body: body, remoteAddress: remoteAddress, isBeyondLimit: isBeyondLimit)
        answer(context) { [responder = services.responder] in
            await responder.respond(to: request)
        }
    }

    /// Writes what `respond` returns. It begins on this thread, and ends on it where nothing is waited for.
    private func answer(_ context: ChannelHandlerContext, by respond: @escaping @Sendable () async -> Response) {
        let loop = context.eventLoop
        let here = NIOLoopBound(self, eventLoop: loop)
        isAnswering = true
        let task = Task<Void, Never>.immediate { [respond] in
            await HTTPConnectionHandler.deliver(respond, to: here, loop)
        }
        if isAnswering { self.task = task }
    }

    private static func deliver(
        _ respond: @Sendable () async -> Response, to handler: NIOLoopBound<HTTPConnectionHandler>,
        _ loop: any EventLoop
    ) async {
        let response = await respond()
        guard response.body.contentLength != nil else { return await stream(response, handler, loop) }
        let head = response.head
        let body = await collect(response)
        if loop.inEventLoop {
            handler.value.finish(head, body)
        } else {
            loop.execute { handler.value.finish(head, body) }
        }
    }

    private static func collect(_ response: Response) async -> ByteBuffer {
        let body = WholeBody()
        // Only a body of unknown length can fail.
        try? await response.body.write(body)
        return body.buffer
    }

    private func finish(_ head: HTTPResponse, _ body: ByteBuffer) {
        isAnswering = false
        task = nil
        guard let context, let framing = state.beginResponse(ofKnownLength: true) else { return }
        let (first, second) = ResponseEncoder.whole(
            head, body, framing: framing, date: services.date(), allocator: context.channel.allocator)
        write(first, context)
        if let second { write(second, context) }
        state.endResponse(at: now(context))
        perform()
    }

    // MARK: - Streams

    private static func stream(
        _ response: Response, _ handler: NIOLoopBound<HTTPConnectionHandler>, _ loop: any EventLoop
    ) async {
        let head = response.head
        guard let framing = (try? await loop.submit { handler.value.beginStream(head) }.get()) ?? nil else { return }
        let writer = StreamWriter(handler: handler, loop: loop, framing: framing)
        let hasEnded = (try? await response.body.write(writer)) != nil
        loop.execute { handler.value.endStream(framing, inOrder: hasEnded) }
    }

    private func beginStream(_ head: HTTPResponse) -> HTTPConnectionState.Framing? {
        guard let context, let framing = state.beginResponse(ofKnownLength: false) else { return nil }
        let head = ResponseEncoder.streamHead(
            head, framing: framing, date: services.date(), allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(head), promise: nil)
        return framing
    }

    /// Succeeds when the bytes have left for the system.
    fileprivate func writeChunk(_ bytes: ByteBuffer, on loop: any EventLoop) -> EventLoopFuture<Void> {
        guard let context else { return loop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
        state.writeBegan(at: now(context))
        let promise = loop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.state.writeEnded() }
        return promise.futureResult
    }

    private func endStream(_ framing: HTTPConnectionState.Framing, inOrder: Bool) {
        isAnswering = false
        task = nil
        guard let context, state.isResponding else { return }
        guard inOrder else { return context.close(promise: nil) }
        if framing.isChunked { write(ResponseEncoder.lastChunk, context) }
        state.endResponse(at: now(context))
        perform()
    }

    // MARK: - Upgrades

    /// Turns the connection into a WebSocket, or lets the request be answered as any other.
    ///
    /// The parser stops behind such a request. What came behind it belongs to the WebSocket; behind a refused one a new
    /// parser goes on.
    private func upgrade(_ head: RequestHead, _ body: GatheredBody, _ context: ChannelHandlerContext) {
        do {
            let stopped = decoder
            guard !isBeyondLimit, !head.isHTTP10, let fields = services.upgrader?.accepts(head.request) else {
                decoder = Self.makeDecoder(services.limits)
                try context.pipeline.syncOperations.addHandler(decoder, position: .after(stopped))
                try remove(stopped, from: context.channel, isLast: false)
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
        var bytes = context.channel.allocator.buffer(capacity: 256)
        bytes.writeStaticString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        for field in fields { bytes.writeString("\(field.name.rawName): \(field.value)\r\n") }
        bytes.writeStaticString("\r\n")
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        needsFlush = false
        state.upgraded()
        let channel = context.channel
        try services.upgrader?.install(for: head, behind: self, on: channel)
        // First this handler, so that what the decoder still holds reaches the WebSocket as bytes.
        channel.pipeline.syncOperations.removeHandler(self, promise: nil)
        try remove(decoder, from: channel, isLast: true)
        if owesRead { channel.read() }
    }

    /// Removes a decoder, which delivers what it still holds a moment later. What arrives meanwhile waits.
    private func remove(
        _ decoder: ByteToMessageHandler<HTTPRequestDecoder>, from channel: any Channel, isLast: Bool
    ) throws {
        let meter = try channel.pipeline.syncOperations.context(handler: requestLine)
        requestLine.hold()
        let removed = channel.eventLoop.makePromise(of: Void.self)
        removed.futureResult.assumeIsolated().whenComplete { [requestLine] _ in
            requestLine.release(context: meter)
            if isLast { channel.pipeline.syncOperations.removeHandler(requestLine, promise: nil) }
        }
        channel.pipeline.syncOperations.removeHandler(decoder, promise: removed)
    }
}

/// Collects a body of known length.
private final class WholeBody: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) {
        if self.buffer.readableBytes == 0 { self.buffer = buffer } else { self.buffer.writeImmutableBuffer(buffer) }
    }

    func finish(_ trailingHeaders: HTTPFields?) {}
}

/// Writes a stream's parts; each waits until the one before has left.
private struct StreamWriter: ResponseBodyWriter {
    let handler: NIOLoopBound<HTTPConnectionHandler>
    let loop: any EventLoop
    let framing: HTTPConnectionState.Framing

    func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        let bytes = ResponseEncoder.chunk(buffer, framing: framing)
        try await loop.flatSubmit { handler.value.writeChunk(bytes, on: loop) }.get()
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
