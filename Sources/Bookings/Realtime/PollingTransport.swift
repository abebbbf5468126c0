import NIOCore
import NIOWebSocket

/// HTTP long-polling (Engine.IO protocol 4): packets wait here until the client's next GET takes them.
///
/// `@unchecked Sendable`: it lives on its connection's event loop; the functions for requests hop there.
final class PollingTransport: EngineIOTransport, @unchecked Sendable {
    enum Answer: Sendable {
        /// Packets, joined by the record separator.
        case packets(ByteBuffer)
        case ok
        case refused(Handshake.Refusal)
    }

    private enum State {
        case polling
        /// A WebSocket probes: polls are answered at once, so that the client can leave them.
        case probed
        case handedOver
        case closed
    }

    private static let separator = UInt8(0x1e)

    let kind = SocketTransport.polling
    let loop: any EventLoop
    let connection: SocketConnection
    private let gateway: SocketGateway
    private var state = State.polling
    private var unsent: [ByteBuffer] = []
    private var unsentBytes = 0
    private var poll: CheckedContinuation<Answer, Never>?
    private var isPosting = false

    init(carrying connection: SocketConnection, gateway: SocketGateway) {
        self.connection = connection
        self.gateway = gateway
        loop = connection.shard.loop
    }

    // MARK: - Requests

    // While a GET waits it is no request under way, and the ledger does not count it.

    /// The first GET: the connection opens, and its open packet is the answer.
    func open() async -> Answer {
        gateway.ledger.leave(.request)
        return await onLoop { answer in
            self.poll = answer
            self.connection.open(on: self, upgrades: ["websocket"])
        }
    }

    /// A GET waits for packets.
    func get() async -> Answer {
        gateway.ledger.leave(.request)
        return await onLoop { answer in
            guard let refusal = self.refusal else { return self.wait(answer) }
            self.answer(answer, .refused(refusal))
        }
    }

    private func wait(_ answer: CheckedContinuation<Answer, Never>) {
        guard poll == nil else {
            // Two polls at once: neither client nor server knows any more which packets arrive.
            connection.closeTransport()
            return self.answer(answer, .refused(.badRequest))
        }
        poll = answer
        flush()
        if state == .probed { say("6") }
        connection.transportIsWritable()
    }

    /// A POST brings packets; nil: it may, and is to call `take` next.
    func beginPost() async -> Answer? {
        await onLoop { (answer: CheckedContinuation<Answer?, Never>) in
            if let refusal = self.refusal { return answer.resume(returning: .refused(refusal)) }
            guard !self.isPosting else {
                self.connection.closeTransport()
                return answer.resume(returning: .refused(.badRequest))
            }
            self.isPosting = true
            answer.resume(returning: nil)
        }
    }

    /// The body of a POST; nil: it could not be read, and the session goes on without it.
    func take(_ body: [UInt8]?) async -> Answer {
        await onLoop { (answer: CheckedContinuation<Answer, Never>) in
            self.isPosting = false
            for packet in (body ?? []).split(separator: Self.separator, omittingEmptySubsequences: false) {
                guard body != nil, self.state == .polling || self.state == .probed else { break }
                self.receive(packet)
            }
            answer.resume(returning: .ok)
        }
    }

    /// What the client sends can never be understood: the session ends.
    func fail() async -> Answer {
        await onLoop { (answer: CheckedContinuation<Answer, Never>) in
            self.connection.closeTransport()
            answer.resume(returning: .refused(.badRequest))
        }
    }

    private func receive(_ packet: ArraySlice<UInt8>) {
        guard let text = String(validating: packet, as: UTF8.self) else { return connection.closeTransport() }
        if text == "1" {
            // The client closes: a poll that waits is let go without a word of closing.
            say("6")
            return connection.closeTransport()
        }
        guard text.hasPrefix("b") else { return connection.receive(text: text) }
        connection.receiveBinary()
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

    var isWritable: Bool { unsentBytes < gateway.options.backlog.mostUnwrittenBytes }

    func send(_ packet: ByteBuffer) {
        unsent.append(packet)
        unsentBytes += packet.readableBytes
    }

    func flush() {
        guard poll != nil, !unsent.isEmpty else { return }
        var body = ByteBuffer()
        body.reserveCapacity(unsentBytes + unsent.count)
        for (index, packet) in unsent.enumerated() {
            if index > 0 { body.writeInteger(Self.separator) }
            body.writeImmutableBuffer(packet)
        }
        unsent = []
        unsentBytes = 0
        release(.packets(body))
    }

    func close(_ code: WebSocketErrorCode) {
        guard state != .closed else { return }
        state = .closed
        say("1")
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

    private func answer(_ waiting: CheckedContinuation<Answer, Never>, _ answer: Answer) {
        gateway.ledger.enter(.request)
        waiting.resume(returning: answer)
    }

    // MARK: - The upgrade

    func probeBegan() {
        guard state == .polling else { return }
        state = .probed
        flush()
        say("6")
    }

    func probeEnded() {
        if state == .probed { state = .polling }
    }

    func handOver(to next: WebSocketTransport) {
        guard state == .polling || state == .probed else { return next.close(.goingAway) }
        state = .handedOver
        say("6")
        connection.upgrade(to: next, with: unsent)
        unsent = []
    }
}
