import NIOCore

extension TCPProxy {
    /// Passes the bytes of one channel on to another on the same event loop.
    ///
    /// It reads no further while the other channel cannot be written to, so that a client that does not read is one that
    /// the server cannot write to.
    final class Forwarder: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let other: any Channel
        private let delay: () -> TimeAmount
        private let pass: (ByteBuffer) -> Passage
        /// The handler of the other channel.
        weak var peer: Forwarder?
        private var context: ChannelHandlerContext?
        /// Whether a read waits until the other channel can be written to.
        private var isReadPending = false
        /// When the last delayed bytes are sent; later ones must not overtake them.
        private var last = NIODeadline.distantPast

        init(
            to other: any Channel, delay: @escaping () -> TimeAmount = { .zero },
            pass: @escaping (ByteBuffer) -> Passage
        ) {
            self.other = other
            self.delay = delay
            self.pass = pass
        }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }
        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        func read(context: ChannelHandlerContext) {
            guard other.isWritable else { return isReadPending = true }
            context.read()
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            if context.channel.isWritable { peer?.resume() }
            context.fireChannelWritabilityChanged()
        }

        private func resume() {
            guard isReadPending else { return }
            isReadPending = false
            context?.read()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let passage = pass(unwrapInboundIn(data))
            if passage.bytes.readableBytes > 0 { send(passage.bytes, at: .now() + delay()) }
            if passage.cuts { context.close(promise: nil) }
        }

        private func send(_ bytes: ByteBuffer, at instant: NIODeadline) {
            guard max(instant, last) > .now() else { return other.writeAndFlush(bytes, promise: nil) }
            last = max(instant, last + .nanoseconds(1))
            other.eventLoop.assumeIsolated().scheduleTask(deadline: last) { [other] in
                other.writeAndFlush(bytes, promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
