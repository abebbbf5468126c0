import NIOCore

/// Reads HTTP/1.1 responses (RFC 9112) from a connection, no further than a load test needs: the status, the length of the
/// body and whether the connection is kept.
struct ResponseReader {
    struct Response: Sendable {
        let status: Int
        let body: ByteBuffer
        /// Whether the server closes the connection after it.
        let isLast: Bool
    }

    enum Step {
        case response(Response)
        /// The response continues in bytes that have not arrived.
        case needsMore
        /// The bytes are no response, or one whose end only the end of the connection shows.
        case malformed
    }

    /// What is read next: head -> fixed or chunk -> head.
    private enum State {
        case head
        case fixed(ResponseHead, length: Int)
        case chunks(ResponseHead, body: ByteBuffer)
    }

    private var state = State.head

    /// Takes the next response from the beginning of `buffer`.
    mutating func next(from buffer: inout ByteBuffer) -> Step {
        while true {
            switch state {
            case .head:
                switch ResponseHead.read(from: &buffer) {
                case .needsMore: return .needsMore
                case .malformed: return .malformed
                case .head(let head) where head.isInformational: continue
                case .head(let head):
                    if head.hasNoBody {
                        state = .fixed(head, length: 0)
                    } else if head.isChunked {
                        state = .chunks(head, body: ByteBuffer())
                    } else if let length = head.length {
                        state = .fixed(head, length: length)
                    } else {
                        return .malformed
                    }
                }
            case .fixed(let head, let length):
                guard let body = buffer.readSlice(length: length) else { return .needsMore }
                return end(head, body)
            case .chunks(let head, var body):
                state = .head  // Releases the body, which would be copied otherwise.
                switch Self.readChunk(from: &buffer) {
                case .chunk(var data):
                    body.writeBuffer(&data)
                    state = .chunks(head, body: body)
                case .last: return end(head, body)
                case .needsMore:
                    state = .chunks(head, body: body)
                    return .needsMore
                case .malformed: return .malformed
                }
            }
        }
    }

    private mutating func end(_ head: ResponseHead, _ body: ByteBuffer) -> Step {
        state = .head
        return .response(Response(status: head.status, body: body, isLast: head.isLast))
    }

    // MARK: - Chunks

    private enum Chunk {
        case chunk(ByteBuffer)
        case last
        case needsMore
        case malformed
    }

    /// Reads a chunk with its line ends (RFC 9112, section 7.1). Trailers are not expected.
    private static func readChunk(from buffer: inout ByteBuffer) -> Chunk {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            return view.count > 32 ? .malformed : .needsMore
        }
        let line = view[..<end].prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "\r") }
        guard let size = Int(String(decoding: line, as: UTF8.self), radix: 16), size >= 0, size < 1 << 30 else {
            return .malformed
        }
        let lineLength = end - view.startIndex + 1
        guard view.count >= lineLength + size + 2 else { return .needsMore }
        buffer.moveReaderIndex(forwardBy: lineLength)
        let data = buffer.readSlice(length: size) ?? ByteBuffer()
        buffer.moveReaderIndex(forwardBy: 2)
        return size == 0 ? .last : .chunk(data)
    }
}
