import DequeModule
import NIOCore

/// The protocol of one connection: replies belong to the commands in their order, messages of a subscription to a
/// callback.
///
/// It is used on the channel's event loop only.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What happens on the connection, apart from replies.
    struct Callbacks: Sendable {
        /// A message of a subscription has arrived.
        let onMessage: @Sendable ([UInt8]) -> Void
        /// A command was answered by an error.
        let onError: @Sendable (String) -> Void
        /// The connection has ended.
        let onEnd: @Sendable () -> Void
    }

    private struct PendingRequest {
        let request: RedisRequest
        var replies: [RedisReply] = []
        let deadline: NIODeadline
    }

    /// After this time without an answer the connection counts as broken.
    static let replyTimeout = TimeAmount.milliseconds(500)

    private let callbacks: Callbacks
    private var parser = RedisReplyParser()
    private var pending: Deque<PendingRequest> = []
    private var isTimerSet = false

    init(_ callbacks: Callbacks) {
        self.callbacks = callbacks
    }

    /// Sends the requests with one write.
    func send(_ requests: some Sequence<RedisRequest>, on channel: any Channel) {
        var buffer = channel.allocator.buffer(capacity: 256)
        for request in requests {
            for command in request.commands { command.write(to: &buffer) }
            pending.append(PendingRequest(request: request, deadline: .now() + Self.replyTimeout))
        }
        channel.writeAndFlush(buffer, promise: nil)
        setTimer(channel)
    }

    /// Closes the channel when the oldest request is not answered in time. One timer at a time: a timer for each
    /// request would cost more than the request.
    private func setTimer(_ channel: any Channel) {
        guard !isTimerSet, let oldest = pending.first else { return }
        isTimerSet = true
        channel.eventLoop.assumeIsolated().scheduleTask(deadline: oldest.deadline) {
            self.isTimerSet = false
            guard let oldest = self.pending.first else { return }
            if oldest.deadline <= .now() { channel.close(promise: nil) } else { self.setTimer(channel) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes throws(RedisError) in try parser.feed(bytes) }
            while let reply = try parser.next() { receive(reply) }
        } catch {
            context.close(promise: nil)
        }
    }

    private func receive(_ reply: RedisReply) {
        if let message = reply.message { return callbacks.onMessage(message) }
        guard !pending.isEmpty else { return }
        pending[0].replies.append(reply)
        // Last, because it may close the connection, which completes all requests.
        defer { if let message = reply.errorMessage { callbacks.onError(message) } }
        guard pending[0].replies.count == pending[0].request.commands.count else { return }
        let done = pending.removeFirst()
        done.request.completion(done.replies)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let unanswered = pending
        pending = []
        callbacks.onEnd()
        for pending in unanswered { pending.request.completion(nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
