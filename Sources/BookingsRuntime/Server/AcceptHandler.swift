import Bookings
import Logging
import NIOCore

/// Decides when the listening socket is read: not while the limit of connections is reached, and not for a moment after
/// the system had no descriptor left for a connection.
///
/// Without this handler NIO accepts until descriptors run out, and then tries again without a pause.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    /// The pause after a connection could not be accepted.
    private static let pause = TimeAmount.milliseconds(250)
    /// The interval between two log lines while their reason persists.
    private static let logInterval = TimeAmount.seconds(60)

    private let counter: ConnectionCounter
    private let metrics: ServiceMetrics
    private let logger: Logger
    private var isPausing = false
    /// Whether the channel asked to read while reading was suspended.
    private var isReadPending = false
    private var loggedAt: NIODeadline?
    /// The number of connections accepted since `takeAcceptedCount` was last called.
    private var acceptedCount = 0

    init(counter: ConnectionCounter, metrics: ServiceMetrics, logger: Logger) {
        self.counter = counter
        self.metrics = metrics
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        acceptedCount += 1
        if !counter.isBelowLimit { logLimit(context) }
        let channel = unwrapInboundIn(data)
        // Counted here, on the loop of the listening socket, so that the next read is decided with all connections counted.
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

    /// Returns the number of connections accepted since the last call.
    func takeAcceptedCount() -> Int {
        defer { acceptedCount = 0 }
        return acceptedCount
    }

    func read(context: ChannelHandlerContext) {
        guard counter.hasRoom else {
            isReadPending = true
            logLimit(context)
            return
        }
        if isPausing { isReadPending = true } else { context.read() }
    }

    /// Reads again after a connection has closed or a pause has ended, when there is room.
    private func resume(context: ChannelHandlerContext) {
        guard isReadPending, !isPausing, counter.hasRoom else { return }
        isReadPending = false
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        metrics.acceptFailed()
        log("A connection could not be accepted; the next attempt follows shortly.", "\(error)", context)
        guard !isPausing else { return }
        isPausing = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            self.resume(context: context)
        }
    }

    private func logLimit(_ context: ChannelHandlerContext) {
        log(
            "The limit of connections (MAX_CONNECTIONS) is reached; further connections serve probes alone.",
            "\(counter.limit)", context)
    }

    private func log(_ message: Logger.Message, _ reason: String, _ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        if let loggedAt, now - loggedAt < Self.logInterval { return }
        loggedAt = now
        logger.warning(message, metadata: ["reason": "\(reason)"])
    }
}
