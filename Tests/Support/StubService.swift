import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A service whose latencies are known: it answers each request as a booking service would, at the instant that a model
/// gives. Only lists count as load; whatever prepares a load is answered at once.
package final class StubService: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let schedule: StubSchedule

    /// Listens on a free port.
    package init(model: QueueModel) async throws {
        let schedule = StubSchedule(model)
        self.schedule = schedule
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(StubHandler(schedule))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    package var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// The number of requests of the load.
    package var requests: Int { schedule.requests }

    package func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

/// When the requests of the load are answered.
private final class StubSchedule: Sendable {
    private struct State {
        var model: QueueModel
        /// The arrival of the first request.
        var begin: NIODeadline?
        var requests = 0
    }

    private let state: Mutex<State>

    init(_ model: QueueModel) { state = Mutex(State(model: model)) }

    var requests: Int { state.withLock(\.requests) }

    /// Returns when a request that arrives now is answered.
    func finish(arrivingAt now: NIODeadline) -> NIODeadline {
        state.withLock { state in
            let begin = state.begin ?? now
            state.begin = begin
            state.requests += 1
            let seconds = state.model.finish(arrivingAt: Double((now - begin).nanoseconds) / 1e9)
            return begin + .nanoseconds(Int64(seconds * 1e9))
        }
    }
}

private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let schedule: StubSchedule
    private var isLoad = false
    private var response: (status: HTTPResponseStatus, body: String) = (.ok, "{}")

    init(_ schedule: StubSchedule) { self.schedule = schedule }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isLoad = head.uri.contains("/upcoming")
            response =
                switch head.uri {
                case "/auth/token": (.ok, #"{"access_token":"stub"}"#)
                case "/bookings": (.created, #"{"id":"\#(UUID().uuidString.lowercased())","status":"confirmed"}"#)
                default: (.ok, #"{"data":[]}"#)
                }
        case .body: break
        case .end:
            guard isLoad else { return respond(context) }
            let finish = schedule.finish(arrivingAt: .now())
            context.eventLoop.assumeIsolated().scheduleTask(deadline: finish) { self.respond(context) }
        }
    }

    private func respond(_ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            version: .http1_1, status: response.status,
            headers: ["Content-Type": "application/json", "Content-Length": "\(response.body.utf8.count)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: response.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
