import Bookings
import BookingsHTTP
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Serves the request of one HTTP/2 stream: passes inputs to `HTTPConnectionState` and performs the actions that it
/// returns. A stream is to the state a connection that closes after its first response.
///
/// This file holds inputs and actions; the extension holds responses.
final class HTTP2StreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    let connection: HTTP2ConnectionHandler
    var state: HTTPConnectionState
    /// `nil` once the stream is closed.
    var context: ChannelHandlerContext?
    /// The work on the response; `nil` when there is none or it completed at once.
    var responseTask: Task<Void, Never>?
    /// Whether a response is awaited from the responder.
    var isAwaitingResponse = false
    private var bodyAborted: (@Sendable () -> Void)?
    /// The bytes of the body that the connection counts.
    private var reservedBytes = 0
    /// Whether the client has sent all of the request.
    private var hasRequestEnded = false
    private var isPerforming = false

    init(on connection: HTTP2ConnectionHandler, at now: NIODeadline) {
        self.connection = connection
        state = HTTPConnectionState(limits: connection.services.limits, at: now)
    }

    /// What the stream does now.
    var activity: HTTPConnectionState.Activity { state.writeBegan == nil ? state.activity : .unreadResponse }

    /// Passes the time to the state.
    func tick() {
        guard let context else { return }
        state.tick(at: context.eventLoop.now)
        performActions()
    }

    // MARK: - Inputs

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = context.eventLoop.now
        switch unwrapInboundIn(data) {
        case .head(let head): receive(head, at: now)
        case .body(let bytes): receive(bytes, context)
        case .end:
            bodyAborted = nil
            hasRequestEnded = true
            state.receive(.end, at: now)
        }
        performActions()
    }

    private func receive(_ request: HTTPRequest, at now: NIODeadline) {
        do throws(ProtocolError) {
            var head = try RequestHead(http2: request, limits: connection.services.limits)
            let intake = connection.services.responder.intake(of: head.request)
            head.target = intake.target
            intake.bodyBegan?()
            bodyAborted = intake.bodyAborted
            state.receive(.head(head, intake), at: now)
        } catch {
            state.receive(.failure(error), at: now)
        }
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        // The rest of a body that was answered before its end.
        guard !state.isResponding else { return }
        guard connection.reserve(bytes.readableBytes) else { return refuse(context) }
        reservedBytes += bytes.readableBytes
        state.receive(.body(bytes), at: context.eventLoop.now)
    }

    /// The client may repeat a stream that was refused, since nothing was done for it (RFC 9113, 8.7).
    private func refuse(_ context: ChannelHandlerContext) { reset(.refusedStream, context) }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// The stream is closed, by either side.
    private func end() {
        guard context != nil else { return }
        bodyAborted?()
        bodyAborted = nil
        state.channelClosed()
        performActions()
        context = nil
        connection.release(reservedBytes)
        connection.closed(self)
    }

    // MARK: - Actions

    func performActions() {
        // A response that is complete at once calls this function again; the loop that is under way continues with it.
        guard !isPerforming, let loop = context?.eventLoop else { return }
        isPerforming = true
        while let action = state.nextAction(at: loop.now) { perform(action) }
        isPerforming = false
    }

    private func perform(_ action: HTTPConnectionState.Action) {
        guard let context else { return }
        switch action {
        case .sendContinue: write(.head(HTTPResponse(status: .continue)), context)
        case .respond(let head, let body), .considerUpgrade(let head, let body): respond(to: head, body, context)
        case .reject(let error):
            sendResponse(context) { [responder = connection.services.responder] in responder.response(to: error) }
        case .abandonResponse:
            responseTask?.cancel()
            responseTask = nil
            reset(.cancel, context)
        // The response is complete and the request is not: the client is to stop sending it (RFC 9113, 8.1).
        case .closeOutput, .close: if !hasRequestEnded { reset(.noError, context) }
        }
    }
}
