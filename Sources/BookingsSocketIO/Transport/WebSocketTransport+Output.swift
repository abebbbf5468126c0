import Bookings
import NIOCore
import NIOWebSocket

extension WebSocketTransport {
    var waitingBytes: Int { unwritten.count }

    var hasReader: Bool { true }

    func send(_ packet: ByteBuffer) {
        unwritten.add(packet.readableBytes)
        unflushed.append(packet)
    }

    func flush() {
        guard !unflushed.isEmpty else { return }
        let packets = unflushed
        unflushed = []
        if channel.eventLoop.inEventLoop { return write(packets) }
        gateway.inFlightWork.begin(.delivery)
        channel.eventLoop.execute { [gateway] in
            self.write(packets)
            gateway.inFlightWork.end(.delivery)
        }
    }

    /// Hands the packets to `JoinedWrites`, which counts their bytes from here on.
    private func write(_ packets: [ByteBuffer]) {
        for packet in packets {
            channel.write(Self.frame(packet), promise: nil)
            unwritten.remove(packet.readableBytes)
        }
        channel.flush()
        reportUnwritten()
    }

    /// The kernel has taken what was written.
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

    static func frame(_ packet: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: packet)
    }
}
