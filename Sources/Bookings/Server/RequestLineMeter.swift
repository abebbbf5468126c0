import NIOCore

/// Measures the request line that is being received, since the parser's error does not tell a long target from large
/// header fields.
final class RequestLineMeter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let longest = 8 * 1024
    private var length = 0
    private var first: UInt8?
    private var isInLine = true

    /// Whether the present request line is longer than any that is served.
    var isLong: Bool { length > Self.longest }

    /// Whether it may begin with a method: all that are registered are written in capitals.
    var beginsWithCapital: Bool {
        first.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ?? false
    }

    /// The next bytes begin a request line.
    func expectRequestLine() {
        length = 0
        first = nil
        isInLine = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isInLine {
            let bytes = unwrapInboundIn(data)
            if first == nil { first = bytes.readableBytesView.first }
            if let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                length += end - bytes.readerIndex
                isInLine = false
            } else {
                length += bytes.readableBytes
            }
        }
        context.fireChannelRead(data)
    }
}
