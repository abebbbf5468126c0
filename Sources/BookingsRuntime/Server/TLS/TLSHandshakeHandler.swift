import NIOCore

/// Stands for a connection whose TLS handshake is not complete: ends it when that takes too long.
///
/// It is the last handler of the pipeline, and is replaced by those of the protocol that the handshake has chosen.
final class TLSHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler, ServedConnection {
    typealias InboundIn = ByteBuffer

    private let limits: ConnectionLimits
    private var deadline: NIODeadline
    private var context: ChannelHandlerContext?

    init(limits: ConnectionLimits, at now: NIODeadline) {
        self.limits = limits
        deadline = now + limits.headTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ConnectionEvent.makeRoom, ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The handshake failed: the client speaks no TLS, or does not trust the certificate.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - ServedConnection

    /// A request may follow the handshake.
    var activity: HTTPConnectionState.Activity { .idle }

    func tick() {
        guard let context, context.eventLoop.now >= deadline else { return }
        context.close(promise: nil)
    }

    func drain() {}

    func closeSoonWhenIdle() {
        guard let context else { return }
        deadline = min(deadline, context.eventLoop.now + limits.drainingIdleTimeout)
    }
}
