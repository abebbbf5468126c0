import Bookings
import NIOCore
import NIOPosix
import Synchronization

/// Reads and changes the bytes of one proxied connection, on its event loop.
protocol ProxyTap {
    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage
    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage
}

/// A proxy between clients and a server that closes, refuses, delays or changes connections.
///
/// All of its connections are on one event loop, so that what is done to them has an order.
final class TCPProxy: Sendable {
    /// Each connection has a tap of its own.
    typealias TapMaker = @Sendable () -> any ProxyTap

    /// The bytes to pass on, and whether the connection is closed behind them.
    struct Passage {
        var bytes: ByteBuffer
        var cuts = false
    }

    fileprivate struct Connection {
        let client: any Channel
        let server: any Channel
        /// Whether it became a WebSocket, or the answer is an event stream.
        var isStream = false
    }

    /// Which connections a change concerns.
    enum Selection {
        case all
        /// WebSockets and event streams.
        case streams

        fileprivate func contains(_ connection: Connection) -> Bool { self == .all || connection.isStream }
    }

    private struct State {
        var target: Int
        var isRefusing = false
        /// How many bytes the server may still send before the connection is closed; `nil` without a limit.
        var allowance: Int?
        /// Which connections are counted and closed by the allowance.
        var limited = Selection.all
        /// The delay of bytes from the server.
        var delay = TimeAmount.zero
        var connections: [ObjectIdentifier: Connection] = [:]
        /// How often bytes of servers were passed on.
        var passages = 0
    }

    private let loop: any EventLoop
    private let state: Mutex<State>
    private let tap: TapMaker?
    private let host: String
    private let receiveBuffer: Int?
    private let listener = Mutex<(any Channel)?>(nil)

    /// - Parameter receiveBuffer: The size of the receive buffer towards the server, in bytes; `nil` for the system's.
    init(host: String = "127.0.0.1", target: Int, receiveBuffer: Int? = nil, tap: TapMaker? = nil) {
        loop = MultiThreadedEventLoopGroup.singleton.any()
        state = Mutex(State(target: target))
        self.host = host
        self.receiveBuffer = receiveBuffer
        self.tap = tap
    }

    /// Starts to listen on the loopback address, and returns the port.
    ///
    /// - Parameter port: 0 for any.
    @discardableResult
    func start(port: Int = 0) async throws -> Int {
        let channel = try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in accept(channel) }
            .bind(host: "127.0.0.1", port: port).get()
        listener.withLock { $0 = channel }
        return self.port
    }

    /// The port it listens on; 0 before it does.
    var port: Int { listener.withLock { $0 }?.localAddress?.port ?? 0 }

    func stop() async {
        try? await listener.withLock { $0 }?.close()
        await cut()
    }

    /// Ends what faults did to later connections: a limit of bytes and a delay.
    func reset() {
        state.withLock {
            $0.allowance = nil
            $0.delay = .zero
        }
    }

    /// Changes the server's port for new connections.
    func aim(at port: Int) { state.withLock { $0.target = port } }

    func refuse(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    /// Closes the connection on which the server sends the byte behind this many more.
    func cut(_ selection: Selection = .all, afterBytes count: Int) {
        state.withLock {
            $0.allowance = count
            $0.limited = selection
        }
    }

    /// Delays what the server sends from now on, in real time.
    func delay(by delay: Duration) { state.withLock { $0.delay = .nanoseconds(delay.wholeMilliseconds * 1_000_000) } }

    /// Stops reading from the server on the open connections; new ones are read.
    func stall(_ selection: Selection = .all) async { await read(false, selection) }

    func unstall() async { await read(true, .all) }

    private func read(_ isReading: Bool, _ selection: Selection) async {
        let channels = state.withLock { $0.connections.values.filter(selection.contains).map(\.server) }
        for channel in channels { try? await channel.setOption(.autoRead, value: isReading).get() }
    }

    /// Closes connections.
    func cut(_ selection: Selection = .all) async {
        let channels = state.withLock {
            $0.connections.values.filter(selection.contains).flatMap { [$0.client, $0.server] }
        }
        for channel in channels { try? await channel.close() }
    }

    /// How often `drain` looks again while bytes keep coming.
    private static let drainRounds = 1000

    /// Returns when what servers had sent before the call has been passed on, but for what a fault holds back.
    ///
    /// A turn of the event loop reads from every connection that has bytes. Of two tasks that follow each other the second
    /// runs after a whole turn, so that there was nothing to read if nothing was passed on meanwhile.
    func drain() async {
        for _ in 0..<Self.drainRounds {
            let before = state.withLock(\.passages)
            for _ in 0..<2 { try? await loop.submit {}.get() }
            if state.withLock(\.passages) == before { return }
        }
    }

    private func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let target = state.withLock { $0.isRefusing ? nil : $0.target }
        guard let target else { return client.close() }
        var bootstrap = ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return bootstrap.connect(host: host, port: target)
            .flatMapThrowing { [self] server in
                state.withLock {
                    $0.connections[ObjectIdentifier(client)] = Connection(client: client, server: server)
                }
                let tap = tap?()
                let id = ObjectIdentifier(client)
                let upstream = Forwarder(to: server) { tap?.toServer($0) ?? Passage(bytes: $0) }
                let downstream = Forwarder(to: client, delay: { [self] in state.withLock(\.delay) }) { [self] bytes in
                    let passage = tap?.toClient(bytes) ?? Passage(bytes: bytes)
                    return passage.cuts ? passage : allowed(passage.bytes, on: id)
                }
                upstream.peer = downstream
                downstream.peer = upstream
                try client.pipeline.syncOperations.addHandler(upstream)
                try server.pipeline.syncOperations.addHandler(downstream)
                client.closeFuture.whenComplete { [self] _ in
                    state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(client)) }
                }
                // The client is read from once this future is complete.
                server.setOption(.autoRead, value: true).whenFailure { _ in server.close(promise: nil) }
            }
            // A failed future would close the listener, although the server may accept the next connection.
            .flatMapError { _ in client.close() }
    }

    /// The bytes of a connection that may pass before it is closed.
    private func allowed(_ bytes: ByteBuffer, on connection: ObjectIdentifier) -> Passage {
        state.withLock { state in
            state.passages += 1
            if Self.beginsStream(bytes) { state.connections[connection]?.isStream = true }
            guard let allowance = state.allowance, state.connections[connection].map(state.limited.contains) ?? true
            else { return Passage(bytes: bytes) }
            guard bytes.readableBytes > allowance else {
                state.allowance = allowance - bytes.readableBytes
                return Passage(bytes: bytes)
            }
            state.allowance = nil
            return Passage(bytes: bytes.getSlice(at: bytes.readerIndex, length: allowance) ?? bytes, cuts: true)
        }
    }

    /// Whether the bytes begin with the head of an answer that opens a WebSocket (RFC 6455) or an event stream.
    private static func beginsStream(_ bytes: ByteBuffer) -> Bool {
        let view = bytes.readableBytesView
        if view.starts(with: Array("HTTP/1.1 101".utf8)) { return true }
        guard view.starts(with: Array("HTTP/1.1 200".utf8)) else { return false }
        return String(decoding: view.prefix(2048), as: UTF8.self).contains("text/event-stream")
    }
}
