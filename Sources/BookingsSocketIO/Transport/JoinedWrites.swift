import Bookings
import NIOCore

/// Joins what is written between two flushes into one buffer, and counts the bytes until the kernel has taken them.
///
/// Each write that waits in the channel occupies about a hundred bytes besides its own, so a client that causes many small
/// responses and reads none of them would otherwise occupy many times the bytes that it sent.
final class JoinedWrites: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let waitingBytes: UnwrittenBytes
    private let written: () -> Void
    private var buffer = ByteBuffer()
    private var promises: [EventLoopPromise<Void>] = []

    /// - Parameters:
    ///   - waitingBytes: The bytes that wait, those in this handler included.
    ///   - written: Called on the channel's event loop when the kernel has taken bytes.
    init(waitingBytes: UnwrittenBytes, written: @escaping () -> Void) {
        self.waitingBytes = waitingBytes
        self.written = written
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        waitingBytes.add(bytes.readableBytes)
        buffer.writeBuffer(&bytes)
        if let promise { promises.append(promise) }
    }

    func flush(context: ChannelHandlerContext) {
        guard buffer.readableBytes > 0 else { return context.flush() }
        let promise = context.eventLoop.makePromise(of: Void.self)
        for waiting in promises { promise.futureResult.cascade(to: waiting) }
        promises = []
        let count = buffer.readableBytes
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in
            this.value.waitingBytes.remove(count)
            this.value.written()
        }
        context.write(wrapOutboundOut(buffer), promise: promise)
        buffer = ByteBuffer()
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
        promises = []
    }
}
