import Bookings
import NIOCore
import NIOWebSocket

extension WebSocketTransport {
    var waitingBytes: Int { unwritten.count }

    var hasReader: Bool { true }

    func send(_ packet: FramedPacket) { take(packet.frame) }

    func deliver(_ batch: inout EventBatch, to audience: SocketAudience) {
        let frames = batch.frames(for: audience)
        guard unflushed == nil, channel.eventLoop.inEventLoop else {
            take(frames)
            return flush()
        }
        unwritten.add(frames.readableBytes)
        write(frames)
    }

    /// A WebSocket has no responses that could be lost one by one.
    func keepTogether() {}

    private func take(_ frames: ByteBuffer) {
        unwritten.add(frames.readableBytes)
        if unflushed == nil { unflushed = frames } else { unflushed?.writeImmutableBuffer(frames) }
    }

    func flush() {
        guard let frames = unflushed.take() else { return }
        if channel.eventLoop.inEventLoop { return write(frames) }
        gateway.inFlightWork.begin(.delivery)
        channel.eventLoop.execute { [gateway] in
            self.write(frames)
            self.outputWasWritten()
            gateway.inFlightWork.end(.delivery)
        }
    }

    private func write(_ frames: ByteBuffer) {
        output.write(frames)
        reportUnwritten()
    }

    /// Takes a frame that is not the connection's, on the channel's event loop. It leaves with the next flush of `output`.
    func write(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
        let frame = ByteBuffer.frame(opcode, payload)
        unwritten.add(frame.readableBytes)
        output.append(frame)
    }

    /// The kernel has taken what it did not take at once, or what came from another event loop was written.
    func outputWasWritten() {
        if reportedBytes > 0 { reportUnwritten() }
        guard !isEnding, case .carrying(let connection) = role else { return }
        resumeReading()
        if waitingBytes == 0 { on(connection) { $0.advanceDelivery() } }
    }

    /// Reports the bytes that wait to the budget of all sessions, unless their number is unchanged (mostly it is zero).
    func reportUnwritten() {
        let count = waitingBytes
        guard count != reportedBytes, !isEnding, case .carrying(let connection) = role else { return }
        reportedBytes = count
        gateway.budget.set(count, for: connection)
    }
}
