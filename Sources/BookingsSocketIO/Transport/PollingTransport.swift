import Bookings
import NIOCore
import Synchronization

/// HTTP long-polling: performs what `PollingState` decides. `PollingTransport+Requests` has the functions that requests
/// call.
///
/// `@unchecked Sendable`: it is used on its connection's event loop; the functions for requests hop there.
final class PollingTransport: EngineIOTransport, @unchecked Sendable {
    /// A GET that waits for packets.
    final class Poll: Equatable, Sendable {
        /// Set when the client is gone, which may happen before the GET waits.
        let isCancelled = Atomic(false)
        /// Set when the GET waits.
        let continuation = Mutex<CheckedContinuation<PollingResponse, Never>?>(nil)

        static func == (left: Poll, right: Poll) -> Bool { left === right }
    }

    let kind = SocketTransport.polling
    let loop: any EventLoop
    let connection: SocketConnection
    let gateway: SocketGateway
    var state = PollingState<Poll>()

    init(carrying connection: SocketConnection, gateway: SocketGateway) {
        self.connection = connection
        self.gateway = gateway
        loop = connection.shard.loop
    }

    /// `next`: the WebSocket that takes over, for the actions of an upgrade.
    func perform(_ actions: [PollingState<Poll>.Action], upgradingTo next: WebSocketTransport? = nil) {
        for action in actions {
            switch action {
            case .answer(let poll, let response): answer(poll, response)
            case .closeSession(let end): connection.closeTransport(end)
            case .flushSession:
                connection.flush()
                perform(state.pollFlushed())
            case .advanceDelivery: connection.advanceDelivery()
            case .reportBytes(let count): gateway.budget.set(count, for: connection)
            case .rememberClosedByClient: gateway.sessions.rememberClosedByClient(connection.id)
            case .moveSession(let packets): if let next { connection.upgrade(to: next, with: packets) }
            case .refuseUpgrade: next?.close(.server)
            }
        }
    }

    private func answer(_ poll: Poll, _ response: PollingResponse) {
        gateway.inFlightWork.begin(.request)
        poll.continuation.withLock { $0.take() }?.resume(returning: response)
    }

    // MARK: - Output

    var waitingBytes: Int { state.waitingBytes }

    var hasReader: Bool { state.hasPoll }

    func send(_ packet: FramedPacket) {
        if let action = state.send(packet.packet) { perform([action]) }
    }

    func deliver(_ batch: inout EventBatch, to audience: SocketAudience) {
        for event in batch.events { send(event.packet(for: audience)) }
        flush()
    }

    func keepTogether() { state.keepTogether() }

    func flush() { perform(state.flush()) }

    func close(_ end: SessionEnd) { perform(state.close(end)) }

    // MARK: - Upgrade

    func probeBegan() { perform(state.probeBegan()) }

    func probeEnded() { state.probeEnded() }

    func handOver(to next: WebSocketTransport) { perform(state.handOver(), upgradingTo: next) }
}
