import NIOCore
import NIOHTTP2

/// One HTTP/2 connection: its streams, what they hold in memory together, and its end.
///
/// It stands behind NIO's handlers for frames and for the graceful end. `HTTP2StreamHandler` serves the requests.
final class HTTP2ConnectionHandler: ChannelInboundHandler, ServedConnection {
    typealias InboundIn = HTTP2Frame

    let services: ConnectionServices
    /// Whether the connection is one of the few beyond the limit, which serve probes alone.
    let isBeyondLimit: Bool
    /// Runs the tasks of all streams.
    let executor: EventLoopExecutor
    /// The client's address; the channel of a stream has none.
    private(set) var remoteAddress: String?
    private var state: HTTP2ConnectionState
    private var streams: [ObjectIdentifier: HTTP2StreamHandler] = [:]
    /// The bytes of the bodies of all open streams.
    private var bodyBytes = 0
    /// `nil` once the channel is closed.
    private var context: ChannelHandlerContext?

    init(services: ConnectionServices, isBeyondLimit: Bool, on loop: any EventLoop) {
        self.services = services
        self.isBeyondLimit = isBeyondLimit
        executor = EventLoopExecutor(loop)
        state = HTTP2ConnectionState(limits: services.limits, at: loop.now)
    }

    // MARK: - Streams

    func opened(_ stream: HTTP2StreamHandler) {
        guard let context else { return }
        streams[ObjectIdentifier(stream)] = stream
        perform(state.streamOpened(at: context.eventLoop.now))
    }

    func closed(_ stream: HTTP2StreamHandler) {
        guard streams.removeValue(forKey: ObjectIdentifier(stream)) != nil, let context else { return }
        state.streamClosed(at: context.eventLoop.now)
    }

    /// Counts bytes that a stream keeps. Returns false when the connection holds too many: the stream is to be refused.
    func reserve(_ bytes: Int) -> Bool {
        guard bodyBytes + bytes <= services.limits.maxConnectionBodyBytes else { return false }
        bodyBytes += bytes
        return true
    }

    /// Takes back bytes that a stream has counted.
    func release(_ bytes: Int) { bodyBytes -= bytes }

    // MARK: - Inputs

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        remoteAddress = context.remoteAddress?.ipAddress
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Frames that concern the connection; NIO has handled them.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ConnectionEvent.makeRoom: perform(state.makeRoom(at: context.eventLoop.now))
        // A client that closes its side can neither acknowledge frames nor enlarge windows.
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An error of a stream has ended the stream alone.
        if error is NIOHTTP2Errors.StreamError { return }
        // NIO has written the reason as `GOAWAY`.
        context.flush()
        context.close(promise: nil)
    }

    // MARK: - ServedConnection

    var activity: HTTPConnectionState.Activity {
        let activities = streams.values.map(\.activity)
        return activities.first(where: \.losesData) ?? activities.first ?? .idle
    }

    func tick() {
        for stream in streams.values { stream.tick() }
        guard let context else { return }
        perform(state.tick(at: context.eventLoop.now))
    }

    func drain() {
        guard let context else { return }
        perform(state.drain(at: context.eventLoop.now))
    }

    func closeSoonWhenIdle() {
        guard let context else { return }
        perform(state.closeSoonWhenIdle(at: context.eventLoop.now))
    }

    private func perform(_ action: HTTP2ConnectionState.Action?) {
        guard let action, let context else { return }
        switch action {
        case .goAway:
            // Not at once: the multiplexer may be just creating a stream.
            let channel = context.channel
            context.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        case .close: context.close(promise: nil)
        }
    }
}
