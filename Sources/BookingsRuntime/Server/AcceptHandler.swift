import Bookings
import Logging
import NIOCore

/// Decides when the listening socket is read: not while there are as many connections as may be, and not for a moment
/// after the system had no descriptor left for one.
///
/// Without it NIO accepts until descriptors run out, and then tries again without a pause.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private static let pause = TimeAmount.milliseconds(250)
    /// While the reason goes on it is logged this often.
    private static let logInterval = TimeAmount.seconds(60)

    private let counter: ConnectionCounter
    private let metrics: ServiceMetrics
    private let logger: Logger
    private var isPausing = false
    private var owesRead = false
    private var loggedAt: NIODeadline?
    /// Connections accepted since the last look at it.
    private(set) var accepted = 0

    init(counter: ConnectionCounter, metrics: ServiceMetrics, logger: Logger) {
        self.counter = counter
        self.metrics = metrics
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        accepted += 1
        if !counter.isBelowLimit { logLimit(context) }
        let channel = unwrapInboundIn(data)
        // Here, on the listening loop: when the next read is decided, every accepted connection is counted.
        counter.opened(channel)
        let (bound, loop) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), context.eventLoop)
        channel.closeFuture.whenComplete { [counter] _ in
            guard counter.closed(channel) else { return }
            loop.execute {
                let (handler, context) = bound.value
                handler.resume(context: context)
            }
        }
        context.fireChannelRead(data)
    }

    func takeAccepted() -> Int {
        defer { accepted = 0 }
        return accepted
    }

    func read(context: ChannelHandlerContext) {
        guard counter.hasRoom else {
            owesRead = true
            logLimit(context)
            return
        }
        if isPausing { owesRead = true } else { context.read() }
    }

    /// A connection has closed: there is room again.
    private func resume(context: ChannelHandlerContext) {
        guard owesRead, !isPausing, counter.hasRoom else { return }
        owesRead = false
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        metrics.acceptFailed()
        log("A connection could not be accepted; the next try follows shortly.", "\(error)", context)
        guard !isPausing else { return }
        isPausing = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            self.resume(context: context)
        }
    }

    private func logLimit(_ context: ChannelHandlerContext) {
        log(
            "As many connections are open as MAX_CONNECTIONS allows; further ones serve probes alone.",
            "\(counter.limit)", context)
    }

    private func log(_ message: Logger.Message, _ reason: String, _ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        if let loggedAt, now - loggedAt < Self.logInterval { return }
        loggedAt = now
        logger.warning(message, metadata: ["reason": "\(reason)"])
    }
}
