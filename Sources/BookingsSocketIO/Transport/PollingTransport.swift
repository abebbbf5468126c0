import Bookings
import NIOCore
import Synchronization

/// HTTP long-polling (Engine.IO protocol 4): packets wait here until the client's next GET takes them.
///
/// `@unchecked Sendable`: it lives on its connection's event loop; the functions for requests hop there.
final class PollingTransport: EngineIOTransport, @unchecked Sendable {
    enum Answer: Sendable {
        /// Packets, joined by the record separator.
        case packets(ByteBuffer)
        case ok
        /// The body is too large; the session survives it.
        case tooLarge
        case refused(Handshake.Refusal)
        /// There is no room for another session, or the replica ends.
        case unavailable

        static let noop = Answer.packets(ByteBuffer(string: "6"))
    }

    private enum State {
        case polling
        /// A WebSocket probes: polls are answered at once, so that the client can leave them.
        case probed
        case handedOver
        case closed
    }

    /// A GET that waits for packets.
    private final class Poll: Sendable {
        let answer: CheckedContinuation<Answer, Never>
        let request: PollRequest

        init(_ answer: CheckedContinuation<Answer, Never>, _ request: PollRequest) {
            self.answer = answer
            self.request = request
        }
    }

    /// The request of a poll, known before it waits: its client may be gone by then.
    private final class PollRequest: Sendable {
        let isCancelled = Atomic(false)
    }

    /// So many packets of a POST are handled in one turn of the event loop.
    private static let packetsOfOneTurn = 100

    let kind = SocketTransport.polling
    let loop: any EventLoop
    let connection: SocketConnection
    private let gateway: SocketGateway
    private var state = State.polling
    /// Packets, joined by the record separator: one buffer, since many small ones take several times their bytes.
    private var unsent = ByteBuffer()
    private var poll: Poll?
    /// How many POSTs are under way.
    private var bodies = 0

    init(carrying connection: SocketConnection, gateway: SocketGateway) {
        self.connection = connection
        self.gateway = gateway
        loop = connection.shard.loop
    }

    // MARK: - GET

    // While a GET waits it is no request under way, and does not count as in flight.

    /// The first GET: the connection opens, and its open packet is the answer.
    func open() async -> Answer {
        await poll { poll in
            self.poll = poll
            self.connection.open(on: self, upgrades: ["websocket"])
        }
    }

    /// A GET waits for packets. A client that is gone cancels the task, which ends the session.
    func get() async -> Answer {
        await poll { poll in
            if let refusal = self.refusal { return self.answer(poll, .refused(refusal)) }
            self.wait(poll)
        }
    }

    private func poll(_ begin: @escaping @Sendable (Poll) -> Void) async -> Answer {
        gateway.inFlightWork.end(.request)
        let request = PollRequest()
        return await withTaskCancellationHandler {
            await onLoop { begin(Poll($0, request)) }
        } onCancel: {
            request.isCancelled.store(true, ordering: .sequentiallyConsistent)
            loop.execute { self.clientIsGone(request) }
        }
    }

    private func wait(_ new: Poll) {
        if poll != nil {
            // Two polls at once: neither client nor server knows any more which packets arrive.
            say("1")
            connection.closeTransport(.protocolError)
            return answer(new, .refused(.badRequest))
        }
        poll = new
        if new.request.isCancelled.load(ordering: .sequentiallyConsistent) { return clientIsGone(new.request) }
        connection.flush()
        if state == .probed { say("6") }
        connection.transportTakesMore()
    }

    private func clientIsGone(_ request: PollRequest) {
        guard let poll, poll.request === request else { return }
        connection.closeTransport(.server)
    }

    // MARK: - POST

    /// A POST's head has come. To be called on any thread, once for each `take` or `bodyAborted`.
    func bodyBegan() {
        loop.execute {
            self.bodies += 1
            // Two POSTs at once: their order is not known.
            if self.bodies > 1 { self.connection.closeTransport(.protocolError) }
        }
    }

    /// The connection ended before the body did. To be called on any thread.
    func bodyAborted() {
        loop.execute {
            self.bodies -= 1
            self.connection.closeTransport(.server)
        }
    }

    /// The body of a POST; nil: it is too large, and the session goes on without it.
    func take(body: [UInt8]?) async -> Answer {
        guard let body else { return await endPost(.tooLarge) }
        if let refusal = await onLoop({ $0.resume(returning: self.refusal) }) {
            return await endPost(.refused(refusal))
        }
        // The task began on an event loop; behind the hop it parses on another thread.
        guard let packets = EngineIOPayload.packets(in: body) else { return await fail() }
        var rest = packets[...]
        // Between two slices the loop serves others.
        while !rest.isEmpty {
            let slice = rest.prefix(Self.packetsOfOneTurn)
            rest = rest.dropFirst(slice.count)
            await onLoop { (done: CheckedContinuation<Void, Never>) in
                if self.refusal == nil { self.connection.receive(slice) }
                done.resume()
            }
        }
        return await endPost(.ok)
    }

    /// What the client sends can never be understood: the session ends.
    func fail() async -> Answer {
        await onLoop { (answer: CheckedContinuation<Answer, Never>) in
            self.bodies -= 1
            self.connection.closeTransport(.protocolError)
            answer.resume(returning: .refused(.badRequest))
        }
    }

    private func endPost(_ answer: Answer) async -> Answer {
        await onLoop { (done: CheckedContinuation<Answer, Never>) in
            self.bodies -= 1
            done.resume(returning: answer)
        }
    }

    /// Why requests come too late; nil: they do not.
    private var refusal: Handshake.Refusal? {
        switch state {
        case .polling, .probed: nil
        case .handedOver: .badRequest
        case .closed: .unknownSession
        }
    }

    private func onLoop<Value: Sendable>(
        _ work: @escaping @Sendable (CheckedContinuation<Value, Never>) -> Void
    ) async -> Value {
        await withCheckedContinuation { continuation in loop.execute { work(continuation) } }
    }

    // MARK: - From the connection

    var waitingBytes: Int { unsent.readableBytes }

    var isRead: Bool { poll != nil }

    func send(_ packet: ByteBuffer) {
        let capacity = unsent.storageCapacity
        if unsent.readableBytes > 0 { unsent.writeInteger(EngineIOPayload.separator) }
        unsent.writeImmutableBuffer(packet)
        if unsent.storageCapacity != capacity, state != .closed {
            gateway.budget.set(unsent.storageCapacity, for: connection)
        }
    }

    func flush() {
        guard poll != nil, unsent.readableBytes > 0 else { return }
        release(.packets(takeUnsent()))
    }

    private func takeUnsent() -> ByteBuffer {
        defer { unsent = ByteBuffer() }
        gateway.budget.set(0, for: connection)
        return unsent
    }

    func close(_ end: SessionEnd) {
        guard state != .closed, state != .handedOver else { return }
        state = .closed
        _ = takeUnsent()
        switch end {
        case .server: release(.refused(.unknownSession))
        case .protocolError: say("1")
        case .client:
            // The poll that this close overtook, or that waits, is let go without a word of closing.
            if poll == nil { gateway.remember(closedByClient: connection.id) }
            say("6")
        }
    }

    /// Answers the poll that waits, if one does, with a packet of its own.
    private func say(_ packet: String) {
        release(.packets(ByteBuffer(string: packet)))
    }

    private func release(_ answer: Answer) {
        guard let waiting = poll else { return }
        poll = nil
        self.answer(waiting, answer)
    }

    private func answer(_ waiting: Poll, _ answer: Answer) {
        gateway.inFlightWork.begin(.request)
        waiting.answer.resume(returning: answer)
    }

    // MARK: - The upgrade

    func probeBegan() {
        guard state == .polling else { return }
        state = .probed
        connection.flush()
        say("6")
    }

    func probeEnded() {
        if state == .probed { state = .polling }
    }

    func handOver(to next: WebSocketTransport) {
        guard state == .polling || state == .probed else { return next.close(.server) }
        state = .handedOver
        say("6")
        let packets = takeUnsent().readableBytesView.split(separator: EngineIOPayload.separator)
        connection.upgrade(to: next, with: packets.map { ByteBuffer($0) })
    }
}
