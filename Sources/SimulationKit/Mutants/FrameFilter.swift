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

    /// Changes the data of every event.
    convenience init(data change: @escaping (String, inout JSONValue) -> Void) {
        self.init { _, frame in
            guard let text = frame.text, text.hasPrefix("42"),
                case .array(let parts)? = try? JSONValue.parse(text.dropFirst(2).utf8), parts.count == 2,
                let name = parts[0].string
            else { return [frame] }
            var data = parts[1]
            change(name, &data)
            return [ByteBuffer(textFrame: "42" + JSONValue.array([parts[0], data]).text)]
        }
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

extension ByteBuffer {
    /// The payload of a whole WebSocket frame that is not masked.
    fileprivate var text: String? {
        guard let short = getInteger(at: readerIndex + 1, as: UInt8.self) else { return nil }
        let header = short == 127 ? 10 : short == 126 ? 4 : 2
        return getString(at: readerIndex + header, length: readableBytes - header)
    }

    /// An unmasked text frame (RFC 6455, section 5.2).
    fileprivate init(textFrame text: String) {
        self.init()
        let length = text.utf8.count
        writeInteger(UInt8(0x81))
        if length < 126 {
            writeInteger(UInt8(length))
        } else if length <= 0xffff {
            writeInteger(UInt8(126))
            writeInteger(UInt16(length))
        } else {
            writeInteger(UInt8(127))
            writeInteger(UInt64(length))
        }
        writeString(text)
    }
}
