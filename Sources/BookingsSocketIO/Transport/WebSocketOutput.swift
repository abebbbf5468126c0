import NIOCore

/// The output of a WebSocket: joins the frames between two flushes into one buffer, and counts the bytes until the kernel
/// has taken them.
///
/// It is the first handler of the pipeline, but for one that encrypts, and is called directly, so that frames pass by no
/// other handler. Each write that waits in the channel occupies about a hundred bytes besides its own, so a client that
/// causes many small responses and reads none of them would otherwise occupy many times the bytes that it sent.
final class WebSocketOutput: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let unwritten: UnwrittenBytes
    private let written: () -> Void
    /// `nil` before the handler is added and after it is removed.
    private var context: ChannelHandlerContext?
    private var joined: ByteBuffer?
    /// The bytes that were passed to the channel and that the kernel has not taken.
    private var bytesInChannel = 0
    private var isWatching = false

    /// - Parameters:
    ///   - unwritten: The bytes that wait. What is appended has been added to it.
    ///   - written: Called on the channel's event loop when the kernel has taken bytes that it did not take at once.
    init(unwritten: UnwrittenBytes, written: @escaping () -> Void) {
        self.unwritten = unwritten
        self.written = written
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Takes frames, which leave with the next `flush`.
    func append(_ frames: ByteBuffer) {
        if joined == nil { joined = frames } else { joined?.writeImmutableBuffer(frames) }
    }

    func flush() {
        guard let context, let frames = joined.take() else { return }
        pass(frames, context)
    }

    /// Takes frames, and flushes them behind those that wait.
    func write(_ frames: ByteBuffer) {
        guard joined == nil, let context else {
            append(frames)
            return flush()
        }
        pass(frames, context)
    }

    private func pass(_ frames: ByteBuffer, _ context: ChannelHandlerContext) {
        bytesInChannel += frames.readableBytes
        context.writeAndFlush(wrapOutboundOut(frames), promise: nil)
        countWritten()
    }

    /// Counts what the kernel has taken since the last time.
    private func countWritten() {
        guard let context else { return }
        // A closed channel buffers nothing. Encrypted bytes are a few more than those that were passed.
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let left = min(buffered, bytesInChannel)
        unwritten.remove(bytesInChannel - left)
        bytesInChannel = left
        if left > 0, !isWatching { watch(context) }
    }

    /// Counts again when the kernel has taken all bytes so far: an empty write behind them completes then.
    private func watch(_ context: ChannelHandlerContext) {
        isWatching = true
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.isWatching = false
            guard self.context != nil else { return }
            self.countWritten()
            self.written()
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }
}
