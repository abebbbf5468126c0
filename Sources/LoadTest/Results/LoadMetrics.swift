import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The figures of a running load test in the Prometheus text format, at `/metrics` of a port.
package final class LoadMetrics: Sendable {
    private struct State {
        var sent: UInt64 = 0
        var answered: UInt64 = 0
        var failed: UInt64 = 0
        var frames: UInt64 = 0
        var listeners = 0
        /// Of the last second, in microseconds.
        var p50: UInt64 = 0
        var p99: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func observe(_ snapshot: LoadSnapshot) {
        state.withLock { state in
            switch snapshot {
            case .prepared(let listeners, _): state.listeners = listeners
            case .second(_, let point, let listeners):
                state.sent += point.sent
                state.answered += point.answered
                state.failed += point.failed
                state.frames += point.frames
                state.listeners = listeners
                state.p50 = point.p50 ?? 0
                state.p99 = point.p99 ?? 0
            case .stepped: break
            }
        }
    }

    /// The document of the text format, version 0.0.4.
    package var exposition: String {
        let state = state.withLock { $0 }
        let counters = [
            ("load_requests_sent_total", "Requests sent.", state.sent),
            ("load_requests_answered_total", "Responses received.", state.answered),
            ("load_requests_failed_total", "Requests without an expected response.", state.failed),
            ("load_events_received_total", "Events received by listeners.", state.frames),
        ]
        let text = counters.map { "# HELP \($0) \($1)\n# TYPE \($0) counter\n\($0) \($2)\n" }.joined()
        return text + "# HELP load_listeners Connected listeners.\n# TYPE load_listeners gauge\n"
            + "load_listeners \(state.listeners)\n"
            + "# HELP load_latency_seconds Latency in the last second.\n# TYPE load_latency_seconds gauge\n"
            + "load_latency_seconds{quantile=\"0.5\"} \(Double(state.p50) / 1e6)\n"
            + "load_latency_seconds{quantile=\"0.99\"} \(Double(state.p99) / 1e6)\n"
    }

    // MARK: - Server

    /// Serves the figures while `body` runs.
    ///
    /// - Parameter port: The port on every address; 0 for a free one.
    package func serving<Result>(
        port: Int, listening: (Int) -> Void = { _ in }, _ body: () async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(LoadMetricsHandler(self))
                }
            }
            .bind(host: "0.0.0.0", port: port).get()
        listening(channel.localAddress?.port ?? port)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try? await channel.close()
        return try result.get()
    }
}

private final class LoadMetricsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let metrics: LoadMetrics
    private var isKnown = false

    init(_ metrics: LoadMetrics) { self.metrics = metrics }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): isKnown = head.method == .GET && head.uri == "/metrics"
        case .body: break
        case .end:
            let body = ByteBuffer(string: isKnown ? metrics.exposition : "not found\n")
            let head = HTTPResponseHead(
                version: .http1_1, status: isKnown ? .ok : .notFound,
                headers: [
                    "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
                    "Content-Length": "\(body.readableBytes)",
                ])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
