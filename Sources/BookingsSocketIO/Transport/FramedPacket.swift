import NIOCore
import NIOWebSocket

/// An Engine.IO packet in a WebSocket frame (RFC 6455, section 5.2): header and payload in one buffer, which the sockets of
/// all event loops share without a copy.
struct FramedPacket: Sendable {
    /// The frame, as it is sent to a WebSocket.
    let frame: ByteBuffer
    /// The packet alone, as long-polling sends it. It shares the storage of the frame.
    let packet: ByteBuffer

    init(_ packet: ByteBuffer) {
        self.init(length: packet.readableBytes) { $0.writeImmutableBuffer(packet) }
    }

    init(_ packet: String) {
        self.init(length: packet.utf8.count) { $0.writeString(packet) }
    }

    /// Creates the packet that `write` appends, which has `length` bytes.
    init(length: Int, write: (inout ByteBuffer) -> Void) {
        var frame = ByteBuffer()
        frame.reserveCapacity(length + 10)
        frame.writeFrameHeader(.text, payloadLength: length)
        let headerLength = frame.readableBytes
        write(&frame)
        precondition(frame.readableBytes == headerLength + length, "A packet has another length than announced.")
        var packet = frame
        packet.moveReaderIndex(forwardBy: headerLength)
        self.frame = frame
        self.packet = packet
    }
}

extension ByteBuffer {
    /// Returns a frame of a server, which is not masked and not fragmented.
    static func frame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.readableBytes + 10)
        buffer.writeFrameHeader(opcode, payloadLength: payload.readableBytes)
        buffer.writeImmutableBuffer(payload)
        return buffer
    }

    /// Appends the header of a frame of a server (RFC 6455, section 5.2).
    mutating func writeFrameHeader(_ opcode: WebSocketOpcode, payloadLength: Int) {
        writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
        switch payloadLength {
        case 0...125: writeInteger(UInt8(payloadLength))
        case 126...0xffff:
            writeInteger(UInt8(126))
            writeInteger(UInt16(payloadLength))
        default:
            writeInteger(UInt8(127))
            writeInteger(UInt64(payloadLength))
        }
    }
}
