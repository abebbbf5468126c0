import Bookings
import NIOCore

/// Reads the WebSocket frames that a server sends (RFC 6455, 5.2: unmasked), and passes on others in their place.
final class FrameFilter: ProxyTap {
    private var rest = ByteBuffer()
    private var isOpen = false
    private var count = 0
    private let swaps: Bool
    private let replace: (Int, ByteBuffer) -> [ByteBuffer]

    init(swaps: Bool = false, replace: @escaping (Int, ByteBuffer) -> [ByteBuffer]) {
        self.swaps = swaps
        self.replace = replace
    }

    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage { TCPProxy.Passage(bytes: bytes) }

    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        rest.writeImmutableBuffer(bytes)
        var passed = ByteBuffer()
        pass(to: &passed)
        return TCPProxy.Passage(bytes: passed)
    }

    private func pass(to buffer: inout ByteBuffer) {
        if !isOpen { passHead(to: &buffer) }
        guard isOpen else { return }
        var events: [ByteBuffer] = []
        while let frame = nextFrame() {
            if frame.isEvent {
                events += replace(count, frame.bytes)
                count += 1
            } else {
                flush(&events, to: &buffer)
                buffer.writeImmutableBuffer(frame.bytes)
            }
        }
        flush(&events, to: &buffer)
    }

    private func flush(_ events: inout [ByteBuffer], to buffer: inout ByteBuffer) {
        if swaps, events.count > 1 { events.swapAt(0, 1) }
        for event in events { buffer.writeImmutableBuffer(event) }
        events = []
    }

    /// The answer to the upgrade ends with an empty line.
    private func passHead(to buffer: inout ByteBuffer) {
        let bytes = rest.readableBytesView
        guard let end = String(decoding: bytes, as: UTF8.self).utf8.firstRange(of: "\r\n\r\n".utf8) else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        let length = text.utf8.distance(from: text.utf8.startIndex, to: end.upperBound)
        if var head = rest.readSlice(length: length) { buffer.writeBuffer(&head) }
        isOpen = true
    }

    private func nextFrame() -> (bytes: ByteBuffer, isEvent: Bool)? {
        let start = rest.readerIndex
        guard let short = rest.getInteger(at: start + 1, as: UInt8.self) else { return nil }
        let length: (header: Int, payload: Int)
        switch short {
        case 126:
            guard let long = rest.getInteger(at: start + 2, as: UInt16.self) else { return nil }
            length = (4, Int(long))
        case 127:
            guard let long = rest.getInteger(at: start + 2, as: UInt64.self) else { return nil }
            length = (10, Int(long))
        default: length = (2, Int(short))
        }
        let isEvent = rest.getString(at: start + length.header, length: min(2, length.payload)) == "42"
        guard let bytes = rest.readSlice(length: length.header + length.payload) else { return nil }
        return (bytes, isEvent)
    }
}
