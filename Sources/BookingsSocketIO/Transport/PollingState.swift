import NIOCore

/// The state of a long-polling transport (Engine.IO protocol 4): packets wait in one buffer until a GET takes them. A pure
/// state machine: `PollingTransport` performs its actions.
///
/// `Poll` identifies a GET.
struct PollingState<Poll: Equatable> {
    enum Action {
        /// Answer a GET.
        case answer(Poll, PollingResponse)
        /// Close the session.
        case closeSession(SessionEnd)
        /// Flush the session's output to the GET that waits now, then call `pollFlushed`.
        case flushSession
        /// Take the next step of the session's event delivery.
        case advanceDelivery
        /// Report the bytes that the buffer occupies to the budget of all sessions.
        case reportBytes(Int)
        /// Remember that the client closed the session while no GET waited.
        case rememberClosedByClient
        /// Continue the session on the WebSocket, with the packets that no GET took.
        case moveSession([ByteBuffer])
        /// Close the WebSocket: there is no session to take over.
        case refuseUpgrade
    }

    private enum Phase {
        /// To `probed` when a WebSocket probes, to `handedOver`, to `closed`.
        case polling
        /// A WebSocket probes: each GET is answered at once, so that the client can stop polling. To `polling` when the
        /// probe ends, to `handedOver`, to `closed`.
        case probed
        /// The WebSocket carries the session.
        case handedOver
        case closed
    }

    private var phase = Phase.polling
    /// Packets that wait, joined by the record separator: many small buffers would occupy several times their bytes.
    private var unsent = ByteBuffer()
    /// The number of bytes at the front of `unsent` that leave in one response, however many packets they are.
    private var bytesKeptTogether = 0
    /// The GET that waits.
    private var poll: Poll?
    /// The number of POSTs in flight.
    private var posts = 0

    /// A response has at most this many packets. The Python client takes no more (`max_decode_packets` of python-engineio): it
    /// would disconnect, and get as many packets again when it has reconnected.
    static var packetsOfOneResponse: Int { 16 }

    var waitingBytes: Int { unsent.readableBytes }

    var hasPoll: Bool { poll != nil }

    /// Why further requests are refused; `nil` while they are not.
    var refusal: Handshake.Refusal? {
        switch phase {
        case .polling, .probed: nil
        case .handedOver: .badRequest
        case .closed: .unknownSession
        }
    }

    // MARK: - GET

    /// The GET that opens the session waits for the open packet.
    mutating func openingPollBegan(_ new: Poll) { poll = new }

    /// `isCancelled`: the client is gone already.
    mutating func pollBegan(_ new: Poll, isCancelled: Bool) -> [Action] {
        if let refusal { return [.answer(new, .refused(refusal))] }
        if poll != nil {
            // Two GETs at once: neither side knows any more which of them gets which packets.
            return answerPoll(.packet("1")) + [.closeSession(.protocolError), .answer(new, .refused(.badRequest))]
        }
        poll = new
        return isCancelled ? pollCancelled(new) : [.flushSession]
    }

    /// The GET took what waited, if anything did.
    mutating func pollFlushed() -> [Action] {
        (phase == .probed ? answerPoll(.noop) : []) + [.advanceDelivery]
    }

    /// The client of a GET is gone, which ends the session.
    mutating func pollCancelled(_ cancelled: Poll) -> [Action] {
        poll == cancelled ? [.closeSession(.server)] : []
    }

    // MARK: - POST

    /// The head of a POST has come. One of `postEnded`, `postFailed` and `postAborted` follows.
    mutating func postBegan() -> [Action] {
        posts += 1
        // Two POSTs at once: the order of their packets is not known.
        return posts > 1 ? [.closeSession(.protocolError)] : []
    }

    mutating func postEnded() { posts -= 1 }

    /// The body is not one of Engine.IO.
    mutating func postFailed() -> [Action] {
        posts -= 1
        return [.closeSession(.protocolError)]
    }

    /// The connection ended before the body did.
    mutating func postAborted() -> [Action] {
        posts -= 1
        return [.closeSession(.server)]
    }

    // MARK: - Output

    mutating func send(_ packet: ByteBuffer) -> Action? {
        let capacity = unsent.storageCapacity
        if unsent.readableBytes > 0 { unsent.writeInteger(EngineIOPayload.separator) }
        unsent.writeImmutableBuffer(packet)
        return unsent.storageCapacity == capacity || phase == .closed ? nil : .reportBytes(unsent.storageCapacity)
    }

    /// Has what waits now leave in one response.
    mutating func keepTogether() { bytesKeptTogether = unsent.readableBytes }

    mutating func flush() -> [Action] {
        guard poll != nil, unsent.readableBytes > 0 else { return [] }
        let packets = takeResponse()
        return [.reportBytes(unsent.readableBytes > 0 ? unsent.storageCapacity : 0)] + answerPoll(.packets(packets))
    }

    mutating func close(_ end: SessionEnd) -> [Action] {
        guard phase != .closed, phase != .handedOver else { return [] }
        phase = .closed
        _ = takeUnsent()
        return [.reportBytes(0)] + answerLastPoll(end)
    }

    private mutating func answerLastPoll(_ end: SessionEnd) -> [Action] {
        switch end {
        case .server: answerPoll(.refused(.unknownSession))
        case .protocolError: answerPoll(.packet("1"))
        case .client:
            // The GET that waits, or that this close overtook, is answered without a close packet.
            poll == nil ? [.rememberClosedByClient] : answerPoll(.noop)
        }
    }

    private mutating func takeResponse() -> ByteBuffer {
        let length = max(bytesKeptTogether, lengthOfPackets(Self.packetsOfOneResponse))
        guard length < unsent.readableBytes else { return takeUnsent() }
        bytesKeptTogether = 0
        // Copied, so that appending to the rest does not copy all of it.
        let response = ByteBuffer(bytes: unsent.readableBytesView.prefix(length))
        unsent.moveReaderIndex(forwardBy: length + 1)
        if unsent.readerIndex > unsent.readableBytes { unsent.discardReadBytes() }
        return response
    }

    /// Returns the length of the first packets with the separators between them.
    private func lengthOfPackets(_ count: Int) -> Int {
        let view = unsent.readableBytesView
        var rest = view
        for _ in 0..<count {
            guard let separator = rest.firstIndex(of: EngineIOPayload.separator) else { return view.count }
            rest = rest[(separator + 1)...]
        }
        return rest.startIndex - view.startIndex - 1
    }

    private mutating func takeUnsent() -> ByteBuffer {
        defer { (unsent, bytesKeptTogether) = (ByteBuffer(), 0) }
        return unsent
    }

    /// Answers the GET that waits, if one does.
    private mutating func answerPoll(_ response: PollingResponse) -> [Action] {
        guard let waiting = poll else { return [] }
        poll = nil
        return [.answer(waiting, response)]
    }

    // MARK: - Upgrade

    mutating func probeBegan() -> [Action] {
        guard phase == .polling else { return [] }
        phase = .probed
        return [.flushSession]
    }

    mutating func probeEnded() {
        if phase == .probed { phase = .polling }
    }

    /// The WebSocket that probed takes over.
    mutating func handOver() -> [Action] {
        guard phase == .polling || phase == .probed else { return [.refuseUpgrade] }
        phase = .handedOver
        let packets = takeUnsent().readableBytesView.split(separator: EngineIOPayload.separator)
        return answerPoll(.noop) + [.reportBytes(0), .moveSession(packets.map { ByteBuffer($0) })]
    }
}

extension PollingState.Action: Equatable where Poll: Equatable {}
