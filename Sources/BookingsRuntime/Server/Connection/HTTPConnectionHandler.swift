import Bookings
import BookingsHTTP
import HTTPTypes
import NIOCore
import NIOHTTP1

/// What all connections of a server share.
struct ConnectionServices: Sendable {
    let responder: any RequestResponder
    /// `nil`: no request can become a WebSocket.
    let upgrader: (any ConnectionUpgrader)?
    let limits: ConnectionLimits
    /// Returns the current value of the `Date` header.
    let date: @Sendable () -> String
}

/// Serves one HTTP/1.1 connection: passes inputs to `HTTPConnectionState` and performs the actions that it returns.
///
/// The handler stands behind NIO's request decoder and writes bytes. This file holds the dispatch of actions;
/// the extensions hold inputs, responses, streams and upgrades.
final class HTTPConnectionHandler: RemovableChannelHandler {
    let services: ConnectionServices
    /// Whether the connection is one of the few beyond the limit, which serve probes alone.
    let isBeyondLimit: Bool
    let requestLine: RequestLineMeter
    /// The decoder that reads the client's bytes now. The pipeline cannot tell which one does: one that is replaced
    /// delivers what it still holds while it is being removed, and that may hold the next upgrade.
    var decoder: ByteToMessageHandler<HTTPRequestDecoder>
    var state: HTTPConnectionState
    /// Runs the tasks of this connection; set when the handler is added to a channel.
    var executor: EventLoopExecutor?
    /// `nil` once the handler is removed.
    var context: ChannelHandlerContext?
    var remoteAddress: String?
    /// The work on the current response; `nil` when there is none or it completed at once.
    var responseTask: Task<Void, Never>?
    /// Whether a response is awaited from the responder.
    var isAwaitingResponse = false
    /// Called when the body of the current request will not arrive.
    var bodyAborted: (@Sendable () -> Void)?
    private var isPerforming = false
    var needsFlush = false
    /// Whether the channel asked to read while the state did not want it.
    var isReadPending = false
    /// Called when the connection has become a WebSocket and needs this handler no more.
    let upgraded: () -> Void

    init(
        services: ConnectionServices, requestLine: RequestLineMeter, isBeyondLimit: Bool, at now: NIODeadline,
        upgraded: @escaping () -> Void
    ) {
        self.services = services
        self.upgraded = upgraded
        self.requestLine = requestLine
        self.isBeyondLimit = isBeyondLimit
        decoder = Self.makeDecoder(services.limits)
        state = HTTPConnectionState(limits: services.limits, at: now)
    }

    /// Returns a request decoder that bounds heads, and that passes on unparsed bytes when it is removed.
    static func makeDecoder(_ limits: ConnectionLimits) -> ByteToMessageHandler<HTTPRequestDecoder> {
        var bounds = NIOHTTPDecoderLimitConfiguration()
        bounds.maxHeaderFieldSize = limits.maxHeadBytes
        bounds.maxHeaderListSize = limits.maxHeadBytes
        bounds.maxHeaderFieldCount = limits.maxHeaderFields
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: bounds))
    }

    /// Passes the time to the state. Called on every tick of the registry.
    func tick() {
        guard let context else { return }
        state.tick(at: context.eventLoop.now)
        performActions()
    }

    /// Makes every response from now on close the connection.
    func drain() { state.drain() }

    /// Closes the connection soon when no request comes.
    func closeSoonWhenIdle() {
        guard let context else { return }
        state.closeSoonWhenIdle(at: context.eventLoop.now)
        tick()
    }

    /// What the connection does now.
    var activity: HTTPConnectionState.Activity { state.activity }

    // MARK: - Actions

    /// Performs all actions that are due, then flushes and reads once.
    func performActions() {
        // A response that is complete at once calls this function again; the loop that is under way continues with it.
        guard !isPerforming, let loop = context?.eventLoop else { return }
        isPerforming = true
        while let action = state.nextAction(at: loop.now) { perform(action) }
        isPerforming = false
        guard let context else { return }
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        if isReadPending, state.wantsRead {
            isReadPending = false
            context.read()
        }
    }

    private func perform(_ action: HTTPConnectionState.Action) {
        guard let context else { return }
        switch action {
        case .sendContinue:
            write(ResponseEncoder.continueResponse, context)
        case .respond(let head, let body):
            respond(to: head, body, context)
        case .considerUpgrade(let head, let body):
            upgrade(head, body, context)
        case .reject(let error):
            sendResponse(context) { [responder = services.responder] in responder.response(to: error) }
        case .abandonResponse:
            responseTask?.cancel()
            responseTask = nil
            context.close(promise: nil)
        case .closeOutput:
            context.flush()
            context.close(mode: .output, promise: nil)
        case .close:
            context.flush()
            context.close(promise: nil)
        }
    }

    /// Writes bytes; `performActions` flushes them.
    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(bytes), promise: nil)
        needsFlush = true
    }
}
