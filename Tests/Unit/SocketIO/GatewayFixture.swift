import Logging
import NIOCore
import NIOPosix
import NIOWebSocket
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsAuth
@testable import BookingsRuntime
@testable import BookingsSocketIO
@testable import SimulationKit

/// A gateway with a log in memory and a manual clock.
struct GatewayFixture {
    let gateway: SocketGateway
    let clock: VirtualClock
    let inFlightWork = InFlightWork()
    let store: any BookingStore
    let log: CountedLog
    let issuer: TokenIssuer

    static func open(_ configure: (inout GatewayOptions) -> Void = { _ in }) async throws -> GatewayFixture {
        var options = GatewayOptions(
            allowedOrigins: [], anonymous: true, eventRetention: .seconds(3600), heartbeat: HeartbeatTiming())
        configure(&options)
        return try await GatewayFixture(options)
    }

    private init(_ options: GatewayOptions) async throws {
        clock = VirtualClock(at: at(0))
        var configuration = ServiceConfiguration()
        configuration.database = .sqliteMemory
        configuration.jwtSecret = [UInt8](repeating: 7, count: 32)
        let composition = Composition(
            configuration: configuration, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let adapters = try await composition.openAdapters()
        try await composition.prepareSchema(adapters)
        store = adapters.ports.store
        log = CountedLog(adapters.ports.log)
        issuer = TokenIssuer(secret: configuration.jwtSecret ?? [], issuer: nil, audience: nil, clock: clock)
        gateway = SocketGateway(
            verifier: adapters.ports.verifier, log: log,
            encoder: EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32))), clock: clock,
            continuity: LogContinuity(clock: clock),
            identifiers: adapters.ports.identifiers, inFlightWork: inFlightWork, metrics: ServiceMetrics(),
            options: options,
            loops: MultiThreadedEventLoopGroup.singleton, from: .start)
    }

    /// Creates bookings without live delivery of their events.
    func book(_ count: Int) async throws {
        for number in 0..<count {
            let start = 3600 + 600 * number
            let written = try await store.write(
                creation(of: aBooking(UInt64(number + 1), slot: slot(start, start + 600))))
            XCTAssertTrue(written.isWritten)
        }
    }

    /// The cursor before the first event.
    var oldest: String { gateway.encoder.cursor(at: .start) }

    func deliver(through number: Int64) { gateway.deliver([], through: LogPosition(number)) }

    // MARK: - Long-polling

    /// Opens a session, and returns its transport.
    func poll(from address: String? = nil) async throws -> PollingTransport {
        let transport = try XCTUnwrap(gateway.openPolling(requestToken: nil, remoteAddress: address))
        guard case .packets = await request({ await transport.open() }) else { throw Unexpected() }
        return transport
    }

    struct Unexpected: Error {}

    /// Runs the work of a route, which counts as an in-flight request.
    func request<Value>(_ work: () async -> Value) async -> Value {
        inFlightWork.begin(.request)
        defer { inFlightWork.end(.request) }
        return await work()
    }

    /// Returns the packets that answer a GET, or the name of the refusal.
    func get(_ transport: PollingTransport) async -> String {
        switch await request({ await transport.get() }) {
        case .packets(let bytes): String(buffer: bytes)
        case .refused(let refusal): "\(refusal)"
        case .ok, .tooLarge, .unavailable: "unexpected"
        }
    }

    func post(_ body: String, to transport: PollingTransport) async -> String {
        transport.bodyBegan()
        return switch await transport.post(Array(body.utf8)) {
        case .ok: "ok"
        case .refused(let refusal): "\(refusal)"
        case .tooLarge, .packets, .unavailable: "unexpected"
        }
    }

    // MARK: - WebSockets

    /// Serves WebSockets on loopback, without the handshake of HTTP.
    func serveWebSockets() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [gateway] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let bytes = gateway.options.backlog.systemBytes {
                        try channel.syncOptions?.setOption(
                            .socketOption(.so_sndbuf), value: SocketOptionValue(bytes))
                    }
                    let shard = try XCTUnwrap(gateway.shard(of: channel.eventLoop))
                    let connection = SocketConnection(gateway: gateway, shard: shard, requestToken: nil)
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1_000_000)),
                        WebSocketTransport(opening: connection, on: channel, gateway: gateway),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

/// A TCP client that reads only on request.
final class RawClient: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let loop = MultiThreadedEventLoopGroup.singleton.any()
    private(set) var channel: (any Channel)!
    /// Used on the event loop.
    private var bytes = ByteBuffer()
    private var hasEnded = false

    static func connect(to server: any Channel, reads: Bool = true) async throws -> RawClient {
        let client = RawClient()
        client.channel = try await ClientBootstrap(group: client.loop)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: 16 << 10)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { $0.pipeline.addHandler(client) }
            .connect(to: XCTUnwrap(server.localAddress)).get()
        return client
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        bytes.writeBuffer(&data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { hasEnded = true }
    }

    func channelInactive(context: ChannelHandlerContext) { hasEnded = true }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { hasEnded = true }

    func received() async throws -> (bytes: [UInt8], hasEnded: Bool) {
        try await loop.submit { (Array(self.bytes.readableBytesView), self.hasEnded) }.get()
    }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// Returns a masked frame of a client; the mask is zero.
    static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)]
            : [0xff] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) }
        return [0x80 | opcode] + length + [0, 0, 0, 0] + payload
    }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
    func sendText(_ packet: String) { send(Self.frame(1, Array(packet.utf8))) }

    /// Parses the frames of a server.
    static func frames(in bytes: [UInt8]) -> [(opcode: UInt8, payload: [UInt8])] {
        var rest = bytes[...]
        var frames: [(UInt8, [UInt8])] = []
        while rest.count >= 2 {
            let opcode = rest.removeFirst() & 0x0f
            var length = Int(rest.removeFirst())
            let more = length == 126 ? 2 : length == 127 ? 8 : 0
            guard rest.count >= more else { break }
            if more > 0 { length = rest.prefix(more).reduce(0) { $0 << 8 | Int($1) } }
            rest = rest.dropFirst(more)
            guard rest.count >= length else { break }
            frames.append((opcode, Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return frames
    }
}
