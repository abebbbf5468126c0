import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Publishes a JSON Web Key Set over HTTP, and records who reads it.
///
/// Each life of a replica has a path of its own, by which it is recognized.
package final class KeyServer: Sendable {
    /// What is wrong with the server.
    enum Failure: Sendable {
        /// It closes connections instead of answering.
        case down
        /// It sends half of its answer, and the rest a moment later.
        case slow
        /// It answers with a page instead of keys.
        case wrongContent
    }

    private struct State {
        var failure: Failure?
        var keys: [String]
        var publications: [History.KeyEvidence.Publication]
        var readings: [History.KeyEvidence.Reading] = []
        var channel: (any Channel)?
    }

    /// The key that is published from the beginning.
    static let firstKey = "key-0"
    /// How long the rest of a slow answer takes, in real time: virtual time stands still meanwhile.
    fileprivate static let delay = TimeAmount.milliseconds(50)

    private let seed: UInt64
    private let time: TrueTime
    private let state: Mutex<State>

    init(seed: UInt64, time: TrueTime) {
        self.seed = seed
        self.time = time
        let first = History.KeyEvidence.Publication(at: time.now, keys: [Self.firstKey])
        state = Mutex(State(keys: first.keys, publications: [first]))
    }

    /// Starts to listen.
    func start() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(KeyServerHandler(server: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        state.withLock { $0.channel = channel }
    }

    func stop() async { try? await state.withLock(\.channel)?.close() }

    /// Where a life of a replica reads the keys.
    func url(replica: Int, life: Int) -> String {
        let port = state.withLock { $0.channel?.localAddress?.port } ?? 0
        return "http://127.0.0.1:\(port)/\(replica)/\(life)"
    }

    /// Publishes these keys and no others.
    func publish(_ keys: [String]) {
        state.withLock { state in
            state.keys = keys
            state.publications.append(.init(at: time.now, keys: keys))
        }
    }

    /// Breaks the server, or mends it.
    func set(_ failure: Failure?) { state.withLock { $0.failure = failure } }

    func key(_ name: String) -> KeyPair { KeyPair(name, seed: seed) }

    /// What was published so far.
    var publications: [History.KeyEvidence.Publication] { state.withLock(\.publications) }
    /// Who read it so far, also while it failed.
    var readings: [History.KeyEvidence.Reading] { state.withLock(\.readings) }

    fileprivate struct Answer {
        let failure: Failure?
        let body: String
    }

    /// Records a reading, and returns what to answer.
    fileprivate func answer(to path: String) -> Answer {
        let (failure, keys) = state.withLock { state in
            let parts = path.split(separator: "/").compactMap { Int($0) }
            if parts.count == 2 {
                state.readings.append(.init(at: time.now, replica: parts[0], life: parts[1]))
            }
            return (state.failure, state.keys)
        }
        if case .wrongContent = failure { return Answer(failure: failure, body: "<!doctype html><title>Keys</title>") }
        return Answer(failure: failure, body: KeyPair.document(keys.map(key)))
    }
}

/// Answers the requests of one connection.
private final class KeyServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: KeyServer

    init(server: KeyServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let answer = server.answer(to: head.uri)
        if case .down = answer.failure { return context.close(promise: nil) }
        let headers: HTTPHeaders = [
            "Content-Length": "\(answer.body.utf8.count)", "Content-Type": "application/jwk-set+json",
        ]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        guard case .slow = answer.failure else { return end(answer.body[...], context) }
        let middle = answer.body.index(answer.body.startIndex, offsetBy: answer.body.count / 2)
        context.writeAndFlush(wrapOutboundOut(part(answer.body[..<middle])), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: KeyServer.delay) {
            bound.value.0.end(answer.body[middle...], bound.value.1)
        }
    }

    private func end(_ text: Substring, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(part(text)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func part(_ text: Substring) -> HTTPServerResponsePart { .body(.byteBuffer(ByteBuffer(substring: text))) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
