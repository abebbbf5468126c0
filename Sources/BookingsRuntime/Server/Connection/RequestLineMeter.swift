import Bookings
import NIOCore

/// Measures the request line that is being received, and holds bytes back while the decoder behind it is replaced.
///
/// The parser's error does not tell a long target from large header fields; the measured line does. A decoder that is
/// being removed drops what it still holds when it learns of the end of input; so input waits here until it is gone.
final class RequestLineMeter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Input {
        case bytes(NIOAny)
        case event(Any)
    }

    /// The length of the longest request line that is served, in bytes.
    private static let maxLength = 8 * 1024

    private var length = 0
    private var firstByte: UInt8?
    private var containsSpace = false
    private var isInRequestLine = true
    /// The number of decoders that are being replaced: the bytes behind one may hold the next upgrade.
    private var pauseCount = 0
    private var heldInputs: [Input] = []

    /// Whether the current request line is longer than any that is served.
    var isTooLong: Bool { length > Self.maxLength }

    /// Whether the current request line may begin with a method: a word with a space behind it.
    var beginsWithMethod: Bool {
        containsSpace && firstByte.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0 & 0xdf) } ?? false
    }

    /// Begins a new measurement: the next bytes are a request line.
    func expectRequestLine() {
        length = 0
        firstByte = nil
        containsSpace = false
        isInRequestLine = true
    }

    /// Holds inputs back until `resume` was called as often as this function.
    func pause() { pauseCount += 1 }

    /// Passes on the inputs that were held back, unless another decoder is still being replaced.
    func resume(context: ChannelHandlerContext) {
        pauseCount -= 1
        guard pauseCount == 0 else { return }
        let inputs = heldInputs
        heldInputs = []
        for input in inputs {
            switch input {
            case .bytes(let data): context.fireChannelRead(data)
            case .event(let event): context.fireUserInboundEventTriggered(event)
            }
        }
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isInRequestLine { measure(unwrapInboundIn(data)) }
        if pauseCount > 0 { heldInputs.append(.bytes(data)) } else { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if pauseCount > 0 { heldInputs.append(.event(event)) } else { context.fireUserInboundEventTriggered(event) }
    }

    private func measure(_ bytes: ByteBuffer) {
        let view = bytes.readableBytesView
        if firstByte == nil { firstByte = view.first }
        let end = view.firstIndex(of: UInt8(ascii: "\n"))
        let line = view[..<(end ?? view.endIndex)]
        length += line.count
        containsSpace = containsSpace || line.contains(UInt8(ascii: " "))
        isInRequestLine = end == nil
    }
}
