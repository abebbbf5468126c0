import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A receiver of webhooks in the process: keeps the bodies and traces that it gets.
final class WebhookListener: Sendable {
    private struct State {
        var connections = 0
        var bodies: [String] = []
        var traceparents: [String?] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// What is written during the start of the listener and read by its connections.
    fileprivate final class Record: Sendable {
        private let state = Mutex(State())

        var connections: Int { state.withLock(\.connections) }
        var bodies: [String] { state.withLock(\.bodies) }
        var traceparents: [String?] { state.withLock(\.traceparents) }
        func connected() { state.withLock { $0.connections += 1 } }

        func received(_ body: String, traceparent: String?) {
            let woken = state.withLock { state in
                state.bodies.append(body)
                state.traceparents.append(traceparent)
                let (ready, rest) = (
                    state.waiting.filter { $0.count <= state.bodies.count },
                    state.waiting.filter { $0.count > state.bodies.count }
                )
                state.waiting = rest
                return ready.map(\.continuation)
            }
            for continuation in woken { continuation.resume() }
        }

        func wait(for count: Int) async {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.bodies.count >= count { return true }
                    state.waiting.append((count, continuation))
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    private let channel: any Channel
    private let record: Record

    /// - Parameter answers: Whether requests are answered, with 204.
    static func start(on host: String = "127.0.0.1", answers: Bool = true) async throws -> WebhookListener {
        let record = Record()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                record.connected()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(record, answers: answers))
                }
            }
            .bind(host: host, port: 0).get()
        return WebhookListener(channel, record)
    }

    private init(_ channel: any Channel, _ record: Record) {
        self.channel = channel
        self.record = record
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(port)/" }
    var connections: Int { record.connections }
    var bodies: [String] { record.bodies }
    var traceparents: [String?] { record.traceparents }
    func wait(for count: Int) async { await record.wait(for: count) }
    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let record: Record
        private let answers: Bool
        private var body = ""
        private var traceparent: String?

        init(_ record: Record, answers: Bool) {
            self.record = record
            self.answers = answers
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                body = ""
                traceparent = head.headers.first(name: "traceparent")
            case .body(let part): body += String(buffer: part)
            case .end:
                record.received(body, traceparent: traceparent)
                guard answers else { return }
                context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .noContent))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
