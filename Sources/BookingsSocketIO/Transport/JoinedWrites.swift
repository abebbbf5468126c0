import Bookings
import NIOCore
import Synchronization

/// The number of bytes that wait to be written to a socket, counted on several threads.
final class UnwrittenBytes: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add(_ count: Int) { value.wrappingAdd(count, ordering: .relaxed) }

    func remove(_ count: Int) { value.wrappingSubtract(count, ordering: .relaxed) }
}

/// Joins what is written between two flushes into one buffer, and counts the bytes until the system has taken them.
///
/// Each write that waits in the channel takes some hundred bytes besides its own, so that a client that makes a server
/// answer many small frames, and reads none, would cost many times what it sent.
final class JoinedWrites: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let waitingBytes: UnwrittenBytes
    private let taken: () -> Void
    private var buffer = ByteBuffer()
    private var promises: [EventLoopPromise<Void>] = []

    /// `waitingBytes`: what waits, here included. `taken`: called on the channel's loop when there is less of it.
    init(waitingBytes: UnwrittenBytes, taken: @escaping () -> Void) {
        self.waitingBytes = waitingBytes
        self.taken = taken
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        waitingBytes.add(bytes.readableBytes)
        buffer.writeBuffer(&bytes)
        if let promise { promises.append(promise) }
    }

    func flush(context: ChannelHandlerContext) {
        guard buffer.readableBytes > 0 else { return context.flush() }
        let written = context.eventLoop.makePromise(of: Void.self)
        for promise in promises { written.futureResult.cascade(to: promise) }
        promises = []
        let count = buffer.readableBytes
        let here = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            here.value.waitingBytes.remove(count)
            here.value.taken()
        }
        context.write(wrapOutboundOut(buffer), promise: written)
        buffer = ByteBuffer()
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
        promises = []
    }
}
