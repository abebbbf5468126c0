import Bookings
import NIOCore
import NIOWebSocket

/// The input of a WebSocket: collects frames into batches and decides when to read. A pure state machine:
/// `WebSocketTransport` performs its actions.
///
/// One batch is handled at a time, so that packets keep their order when a batch is parsed or handled on another thread.
struct WebSocketInput {
    enum Action: Equatable {
        /// Answer a ping with this payload.
        case pong(ByteBuffer)
        /// Handle what came before the client's close frame, then answer it.
        case answerClose(WebSocketCloseFrame)
        /// End the TCP connection: the client sends more than it is read.
        case closeChannel
    }

    enum Message: Equatable, Sendable {
        case text(ByteBuffer)
        case binary
    }

    /// Messages that are handled together.
    struct Batch: Equatable, Sendable {
        let messages: [Message]
        /// Whether parsing it would occupy the event loop for too long.
        let isLarge: Bool

        /// Parses the messages. `nil` stands for a text message that is not UTF-8.
        func parse() -> [EngineIOPacket?] {
            messages.map { message in
                switch message {
                case .binary: .binary
                case .text(let bytes):
                    bytes.readableBytesView.withUnsafeBytes { String(validating: $0, as: UTF8.self) } == nil
                        ? nil : EngineIOPacket(bytes.readableBytesView)
                }
            }
        }
    }

    /// The size of one read of the channel. What it brings is handled in one turn of the event loop.
    static let bytesOfOneRead = 16 << 10
    /// Batches with more bytes are parsed outside the event loop.
    static let maxBytesParsedOnLoop = 32 << 10
    /// More messages than one read can bring, however small they are.
    static let maxMessages = 16 << 10

    /// Reading stops while this many bytes wait to be written.
    let maxUnwrittenBytes: Int
    private var messages: [Message] = []
    private var byteCount = 0
    /// A batch is being handled.
    private(set) var isHandling = false
    /// The channel asked to read while reading was stopped.
    private var readIsDelayed = false

    init(maxUnwrittenBytes: Int) {
        self.maxUnwrittenBytes = maxUnwrittenBytes
    }

    // MARK: - Frames

    mutating func receive(_ frame: WebSocketFrame) -> Action? {
        // When the client closes its side, the channel reads what is left, whether it was asked to or not.
        guard messages.count < Self.maxMessages else { return .closeChannel }
        switch frame.opcode {
        case .text:
            let payload = frame.unmaskedData
            messages.append(.text(payload))
            byteCount += payload.readableBytes
            return nil
        case .binary:
            messages.append(.binary)
            return nil
        case .ping: return .pong(frame.unmaskedData)
        case .connectionClose: return .answerClose(WebSocketCloseFrame(answering: frame.unmaskedData))
        default: return nil
        }
    }

    /// Takes the messages that came, and begins to handle them. Returns `nil` when there are none or another batch is being
    /// handled.
    mutating func takeBatch() -> Batch? {
        guard !isHandling, !messages.isEmpty else { return nil }
        defer { (messages, byteCount, isHandling) = ([], 0, true) }
        return Batch(messages: messages, isLarge: byteCount > Self.maxBytesParsedOnLoop)
    }

    mutating func batchHandled() { isHandling = false }

    /// Discards what came.
    mutating func clear() { (messages, byteCount) = ([], 0) }

    // MARK: - Reading

    /// The channel asks to read. Returns whether it may; else `resumeReading` does it later.
    mutating func mayRead(unwrittenBytes: Int) -> Bool {
        readIsDelayed = isStopped(unwrittenBytes)
        return !readIsDelayed
    }

    /// Returns whether a read that was delayed may be made now.
    mutating func resumeReading(unwrittenBytes: Int) -> Bool {
        guard readIsDelayed, !isStopped(unwrittenBytes) else { return false }
        readIsDelayed = false
        return true
    }

    /// Nothing is read while a batch is being handled or while the client does not read its responses.
    private func isStopped(_ unwrittenBytes: Int) -> Bool {
        isHandling || unwrittenBytes >= maxUnwrittenBytes
    }
}
