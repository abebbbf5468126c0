import Bookings
import DequeModule
import NIOCore

/// Commands that wait together for their answers.
struct RedisRequest: Sendable {
    let commands: [RedisCommand]
    /// Called once, on any thread: with a reply for each command, or nil when Redis did not answer.
    let finish: @Sendable ([RedisReply]?) -> Void
}

/// One connection while it lasts: replies go to the commands in their order, messages to the listener.
///
/// All of it lives on the channel's event loop.
final class RedisSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Pending {
        let job: RedisRequest
        var replies: [RedisReply] = []
        let deadline: NIODeadline
    }

    /// A Redis that answers this late is taken for gone.
    static let patience = TimeAmount.milliseconds(500)

    private var reader = RedisReader()
    private let onMessage: @Sendable ([UInt8]) -> Void
    private let onEnd: @Sendable () -> Void
    private let onError: @Sendable (String) -> Void
    private var pending: Deque<Pending> = []
    private var isWatching = false

    init(
        onMessage: @escaping @Sendable ([UInt8]) -> Void, onEnd: @escaping @Sendable () -> Void,
        onError: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.onMessage = onMessage
        self.onEnd = onEnd
        self.onError = onError
    }

    /// Sends all the jobs at once.
    func send(_ jobs: some Sequence<RedisRequest>, on channel: any Channel) {
        var buffer = channel.allocator.buffer(capacity: 256)
        for job in jobs {
            for command in job.commands { command.write(to: &buffer) }
            pending.append(Pending(job: job, deadline: .now() + Self.patience))
        }
        channel.writeAndFlush(buffer, promise: nil)
        watch(channel)
    }

    /// Closes the channel when its oldest job is overdue.
    private func watch(_ channel: any Channel) {
        guard !isWatching, let first = pending.first else { return }
        isWatching = true
        channel.eventLoop.assumeIsolated().scheduleTask(deadline: first.deadline) {
            self.isWatching = false
            guard let oldest = self.pending.first else { return }
            if oldest.deadline <= .now() { channel.close(promise: nil) } else { self.watch(channel) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes throws(RedisError) in try reader.feed(bytes) }
            while let reply = try reader.next() { take(reply) }
        } catch {
            context.close(promise: nil)
        }
    }

    private func take(_ reply: RedisReply) {
        if let message = reply.message { return onMessage(message) }
        guard !pending.isEmpty else { return }
        pending[0].replies.append(reply)
        // It may close the connection, which ends all that is pending.
        defer { if case .failure(let error) = reply { onError(error) } }
        guard pending[0].replies.count == pending[0].job.commands.count else { return }
        let done = pending.removeFirst()
        done.job.finish(done.replies)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let lost = pending
        pending = []
        onEnd()
        for one in lost { one.job.finish(nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
