import NIOCore
import NIOWebSocket

/// The close frame that ends a WebSocket (RFC 6455, sections 5.5.1 and 7.4).
enum WebSocketCloseFrame: Equatable {
    case withoutCode
    case code(WebSocketErrorCode)

    /// The answer to a client's close frame: its code, or none if it has none, or "protocol error" if its payload is
    /// invalid.
    init(answering payload: ByteBuffer) {
        var rest = payload
        switch (payload.readableBytes, rest.readWebSocketErrorCode()) {
        case (0, _): self = .withoutCode
        case (_, let code?) where Self.isAllowed(code): self = .code(code)
        default: self = .code(.protocolError)
        }
    }

    /// `nil` when the TCP connection ends without a close frame.
    init?(for end: SessionEnd) {
        switch end {
        case .server: return nil
        case .protocolError: self = .code(.protocolError)
        case .client: self = .code(.normalClosure)
        }
    }

    /// `nil` when the TCP connection ends without a close frame.
    init?(for error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength, NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge:
            self = .code(.messageTooLarge)
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: self = .code(.protocolError)
        default: return nil
        }
    }

    var payload: ByteBuffer {
        var payload = ByteBuffer()
        if case .code(let code) = self { payload.write(webSocketErrorCode: code) }
        return payload
    }

    /// Whether the code may be sent in a close frame.
    private static func isAllowed(_ code: WebSocketErrorCode) -> Bool {
        switch UInt16(webSocketErrorCode: code) {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
