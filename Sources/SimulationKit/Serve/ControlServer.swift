import Bookings
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP server for the requests of tests: JSON in, JSON out, each answered by one function.
package final class ControlServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        /// The path without the query.
        package let path: String
        /// The parameters of the query, decoded; of one that is repeated the last.
        package var query: [String: String] = [:]
        package let body: [UInt8]

        /// Splits the target of a request (RFC 9112, section 3.2) into path and query.
        init(method: String, target: String, body: [UInt8]) {
            let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            self.method = method
            path = String(parts[0])
            self.body = body
            guard parts.count == 2 else { return }
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    .map { $0.removingPercentEncoding ?? String($0) }
                query[sides[0]] = sides.count == 2 ? sides[1] : ""
            }
        }
    }

    package struct Answer: Sendable {
        let status: Int
        let contentType: String
        /// Further header fields.
        let headers: [(name: String, value: String)]
        let body: [UInt8]

        package init(
            status: Int = 200, contentType: String = "application/json", headers: [(String, String)] = [],
            body: [UInt8]
        ) {
            self.status = status
            self.contentType = contentType
            self.headers = headers
            self.body = body
        }
    }

    package typealias Responder = @Sendable (Request) async -> Answer

    /// The longest body of a request, in bytes.
    fileprivate static let maxBody = 1 << 16

    private let channel: any Channel

    private init(channel: any Channel) {
        self.channel = channel
    }

    /// Starts to listen.
    ///
    /// - Parameter port: 0 for any.
    package static func start(
        host: String, port: Int, responder: @escaping Responder
    ) async throws -> ControlServer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOHTTPServerRequestAggregator(maxContentLength: maxBody), ControlHandler(responder),
                    ])
                }
            }
            .bind(host: host, port: port).get()
        return ControlServer(channel: channel)
    }

    /// The port it listens on.
    package var port: Int { channel.localAddress?.port ?? 0 }

    package func stop() async { try? await channel.close() }
}

/// Answers the requests of one connection, one after the other.
private final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPServerRequestFull
    typealias OutboundOut = HTTPServerResponsePart

    private let responder: ControlServer.Responder

    init(_ responder: @escaping ControlServer.Responder) {
        self.responder = responder
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = unwrapInboundIn(data)
        let request = ControlServer.Request(
            method: message.head.method.rawValue, target: message.head.uri,
            body: message.body.map { Array(buffer: $0) } ?? [])
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let (loop, responder) = (context.eventLoop, responder)
        Task {
            let answer = await responder(request)
            loop.execute { bound.value.0.write(answer, bound.value.1) }
        }
    }

    private func write(_ answer: ControlServer.Answer, _ context: ChannelHandlerContext) {
        var head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status),
            headers: ["Content-Length": "\(answer.body.count)", "Content-Type": answer.contentType])
        head.headers.add(contentsOf: answer.headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
