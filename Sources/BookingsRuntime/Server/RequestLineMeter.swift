import Bookings
import NIOCore

/// Stands before the request decoder. It measures the request line that is being received, since the parser's error does
/// not tell a long target from large header fields, and holds what arrives while the decoder is being replaced: a decoder
/// that learns of the end of input drops what it still holds.
final class RequestLineMeter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Held {
        case bytes(NIOAny)
        case event(Any)
    }

    private static let longest = 8 * 1024
    private var length = 0
    private var first: UInt8?
    private var hasSpace = false
    private var isInLine = true
    /// How many decoders are being replaced: the next one may hold another such request.
    private var holds = 0
    private var held: [Held] = []

    /// Whether the present request line is longer than any that is served.
    var isLong: Bool { length > Self.longest }

    /// Whether it may begin with a method, which is a word with a space behind it.
    var beginsWithWord: Bool {
        hasSpace && first.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0 & 0xdf) } ?? false
    }

    /// The next bytes begin a request line.
    func expectRequestLine() {
        length = 0
        first = nil
        hasSpace = false
        isInLine = true
    }

    /// From now on nothing is passed on, until `release` was called as often.
    func hold() { holds += 1 }

    func release(context: ChannelHandlerContext) {
        holds -= 1
        guard holds == 0 else { return }
        let held = held
        self.held = []
        for one in held {
            switch one {
            case .bytes(let data): context.fireChannelRead(data)
            case .event(let event): context.fireUserInboundEventTriggered(event)
            }
        }
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isInLine { measure(unwrapInboundIn(data)) }
        if holds > 0 { held.append(.bytes(data)) } else { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if holds > 0 { held.append(.event(event)) } else { context.fireUserInboundEventTriggered(event) }
    }

    private func measure(_ bytes: ByteBuffer) {
        let view = bytes.readableBytesView
        if first == nil { first = view.first }
        let end = view.firstIndex(of: UInt8(ascii: "\n"))
        let line = view[..<(end ?? view.endIndex)]
        length += line.count
        hasSpace = hasSpace || line.contains(UInt8(ascii: " "))
        isInLine = end == nil
    }
}
