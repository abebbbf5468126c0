import Bookings
import NIOCore
import NIOHTTP1

/// A client of `GET /events` as a stream of server-sent events.
final class EventStreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let target: LoadTarget
    private let token: String
    private let listener: LoadListener
    private let opened: EventLoopPromise<Void>
    private var parser = EventStreamParser()

    init(target: LoadTarget, token: String, listener: LoadListener, opened: EventLoopPromise<Void>) {
        self.target = target
        self.token = token
        self.listener = listener
        self.opened = opened
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders([
            ("Host", target.address.authority), ("Authorization", "Bearer \(token)"), ("Accept", "text/event-stream"),
        ])
        headers.add(contentsOf: target.headers.map { ($0.name, $0.value) })
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "\(target.prefix)/events", headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status == .ok else {
                opened.fail(LoadFailure.malformedResponse)
                return context.close(promise: nil)
            }
            listener.open()
            opened.succeed()
        case .body(let bytes):
            for event in parser.read(bytes.readableBytesView) { listener.receive(event) }
        case .end: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        listener.close()
        opened.fail(LoadFailure.closed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        opened.fail(LoadFailure(error))
        context.close(promise: nil)
    }
}

/// Reads server-sent events, as far as this service writes them: one line of data each.
struct EventStreamParser {
    private var line: [UInt8] = []
    private var name = ""
    private var data = ""

    /// Returns the events that these bytes complete.
    mutating func read(_ bytes: some Sequence<UInt8>) -> [ReceivedEvent] {
        var events: [ReceivedEvent] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if let event = endLine() { events.append(event) }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }

    /// An empty line ends an event.
    private mutating func endLine() -> ReceivedEvent? {
        if line.isEmpty {
            defer { (name, data) = ("", "") }
            return data.isEmpty ? nil : ReceivedEvent(name: name, data: data)
        }
        if line.starts(with: "event: ".utf8) { name = String(decoding: line.dropFirst(7), as: UTF8.self) }
        if line.starts(with: "data: ".utf8) { data = String(decoding: line.dropFirst(6), as: UTF8.self) }
        return nil
    }
}
