import Bookings
import BookingsHTTP
import NIOCore

/// One HTTP/1.1 connection from the server's side: inputs in, actions out, without I/O and without a clock.
///
/// ## Overview
/// Requests are served one at a time, in their order. What the parser delivers is queued; `nextAction` takes from the
/// queue what may happen now. A caller feeds inputs, then performs actions until there is none.
///
/// ## States
/// ```
/// idle -> readingHead -> readingBody -> responding -> idle
///                                       responding -> lingering -> closed
///                                       responding -> upgraded
/// ```
/// Each `Phase` lists its exits.
struct HTTPConnectionState {
    enum Part {
        case head(RequestHead, RequestIntake)
        case body(ByteBuffer)
        case end
        /// The parser failed; nothing follows.
        case failure(ProtocolError)
    }

    enum Action {
        /// Write `100 Continue` (RFC 9110, 10.1.1).
        case sendContinue
        /// Have the request answered: `beginResponse`, then `endResponse` follow.
        case respond(RequestHead, GatheredBody)
        /// Ask whether the request may become a WebSocket: `upgraded` or `upgradeRefused` follows.
        case considerUpgrade(RequestHead, GatheredBody)
        /// Answer with a problem: `beginResponse`, then `endResponse` follow.
        case reject(ProtocolError)
        /// The client is gone: end the work on its answer, and close.
        case abandonResponse
        /// Nothing is written any more; the client is to close its side.
        case closeOutput
        case close
    }

    /// How the answer's end is found by the client (RFC 9112, 6).
    struct Framing: Hashable {
        let isHTTP10: Bool
        /// Whether the answer carries `Connection: close`.
        let closes: Bool
        /// Whether a body of unknown length is chunked; else it ends with the connection.
        var isChunked: Bool { !isHTTP10 }
    }

    private enum Phase {
        /// Between requests. Exits: readingHead, readingBody, responding, closed.
        case idle
        /// Bytes of a head have come since the instant. Exits: readingBody, responding, closed.
        case readingHead(since: NIODeadline)
        /// Exits: responding, closed.
        case readingBody(RequestHead, RequestIntake, ByteBuffer)
        /// Exits: idle, lingering, upgraded, closed.
        case responding(Exchange)
        /// The output is closed. Exits: closed.
        case lingering(since: NIODeadline)
        /// The connection carries another protocol. No exit.
        case upgraded
        /// No exit.
        case closed
    }

    private struct Exchange {
        let isHTTP10: Bool
        var closesBehind: Bool
        let waitsForEvents: Bool
    }

    private let limits: ConnectionLimits
    private var phase = Phase.idle
    private var queue = CircularBuffer<Part>(initialCapacity: 4)
    private var queuedBytes = 0
    /// Actions that inputs led to directly; they go first.
    private var urgent: Action?
    private var isWritable = true
    private var isInputClosed = false
    private var isDraining = false
    /// Whether the parts of a request came since the last completed reading of the socket.
    private var hasParts = false
    /// Whether more came than may wait.
    private var hasOverflowed = false
    private var lastProgress: NIODeadline
    private var writeBegan: NIODeadline?

    init(limits: ConnectionLimits, at now: NIODeadline) {
        self.limits = limits
        lastProgress = now
    }

    // MARK: - Inputs

    /// The parser delivered a part.
    mutating func receive(_ part: Part, at now: NIODeadline) {
        hasParts = true
        guard !hasOverflowed else { return }
        switch phase {
        case .lingering, .upgraded, .closed: return
        case .idle, .readingHead, .readingBody, .responding: break
        }
        switch part {
        case .head(let head, _): queuedBytes += head.weight
        case .body(let bytes): queuedBytes += bytes.readableBytes + 128
        case .end, .failure: break
        }
        lastProgress = now
        // More can only come at once when the client closes its side amid a flood: no more is read while requests wait.
        hasOverflowed = queuedBytes > limits.queuedBytes
        if !hasOverflowed { queue.append(part) }
    }

    /// A reading of the socket is over.
    mutating func readCompleted(at now: NIODeadline) {
        defer { hasParts = false }
        guard !hasParts, case .idle = phase, queue.isEmpty, !isInputClosed else { return }
        phase = .readingHead(since: now)
    }

    /// The client sends nothing more.
    mutating func inputClosed() {
        isInputClosed = true
        switch phase {
        case .responding(let exchange):
            if exchange.waitsForEvents { abandon() }
        case .lingering, .readingBody: close()
        case .idle, .readingHead, .upgraded, .closed: break
        }
    }

    mutating func writabilityChanged(to isWritable: Bool, at now: NIODeadline) {
        self.isWritable = isWritable
        if isWritable { lastProgress = now }
    }

    /// The server is to end: every answer from now on closes its connection.
    mutating func drain(at now: NIODeadline) {
        isDraining = true
        if case .idle = phase { lastProgress = now }
    }

    /// Time has passed.
    mutating func tick(at now: NIODeadline) {
        guard let deadline, deadline <= now else { return }
        switch phase {
        case .idle where queue.isEmpty: close()
        case .readingHead, .readingBody: reject(.timeout)
        case .responding: abandon()
        case .idle, .lingering: close()
        case .upgraded, .closed: break
        }
    }

    /// The channel is gone.
    mutating func channelClosed() {
        urgent = nil
        if case .responding(let exchange) = phase, exchange.waitsForEvents { urgent = .abandonResponse }
        phase = .closed
        queue.removeAll()
    }

    // MARK: - The answer

    /// The head of the answer to the present request is there. Nil: the client is gone.
    mutating func beginResponse(ofKnownLength isKnown: Bool) -> Framing? {
        guard case .responding(var exchange) = phase else { return nil }
        if isDraining || isInputClosed || (exchange.isHTTP10 && !isKnown) { exchange.closesBehind = true }
        phase = .responding(exchange)
        return Framing(isHTTP10: exchange.isHTTP10, closes: exchange.closesBehind)
    }

    /// Whether an answer is still waited for.
    var isResponding: Bool { if case .responding = phase { true } else { false } }

    /// A part of a stream is being written: it must get through in time.
    mutating func writeBegan(at now: NIODeadline) { writeBegan = now }
    mutating func writeEnded() { writeBegan = nil }

    mutating func endResponse(at now: NIODeadline) {
        guard case .responding(let exchange) = phase else { return }
        lastProgress = now
        writeBegan = nil
        guard exchange.closesBehind else {
            phase = .idle
            return
        }
        if isInputClosed {
            close()
        } else {
            phase = .lingering(since: now)
            urgent = .closeOutput
        }
        queue.removeAll()
    }

    /// The connection carries another protocol now.
    mutating func upgraded() {
        phase = .upgraded
        queue.removeAll()
    }

    /// The request is to be answered as one that asks for no other protocol.
    mutating func upgradeRefused(_ head: RequestHead, _ body: GatheredBody) {
        urgent = .respond(head, body)
    }

    // MARK: - Outputs

    /// What is to be done now; nil: wait for an input.
    mutating func nextAction(at now: NIODeadline) -> Action? {
        if let action = urgent {
            urgent = nil
            return action
        }
        while isWritable {
            switch phase {
            case .responding, .lingering, .upgraded, .closed: return nil
            case .idle, .readingHead, .readingBody: break
            }
            guard let part = takePart() else { return withoutParts() }
            if let action = take(part, at: now) { return action }
        }
        return nil
    }

    /// Whether more of the socket is to be read: not while requests wait, or an answer does for its reader.
    var wantsRead: Bool {
        switch phase {
        case .idle, .readingHead, .readingBody: isWritable && queue.isEmpty
        case .lingering: true
        case .responding, .closed: false
        case .upgraded: true
        }
    }

    /// When `tick` must be called at the latest; nil: never.
    var deadline: NIODeadline? {
        switch phase {
        case .idle:
            guard isWritable else { return lastProgress + limits.write }
            return lastProgress + (isDraining ? limits.idleWhileDraining : limits.idle)
        case .readingHead(let since): return since + limits.head
        case .readingBody: return lastProgress + limits.body
        case .responding: return writeBegan.map { $0 + limits.write }
        case .lingering(let since): return since + limits.linger
        case .upgraded, .closed: return nil
        }
    }

    /// What the connection is doing, for the log line that names what a shutdown cut off.
    var activity: Activity {
        switch phase {
        case .idle: isWritable ? .idle : .unreadAnswer
        case .readingHead: .partialHead
        case .readingBody: .partialBody
        case .responding(let exchange): exchange.waitsForEvents ? .eventStream : isWritable ? .request : .unreadAnswer
        case .lingering: isWritable ? .closing : .unreadAnswer
        case .closed: .closing
        case .upgraded: .webSocket
        }
    }

    enum Activity: String, CaseIterable, Sendable {
        case idle = "idle"
        case partialHead = "partial request head"
        case partialBody = "partial request body"
        case request = "request in progress"
        case eventStream = "event stream or poll"
        case unreadAnswer = "unread answer"
        case webSocket = "WebSocket"
        case closing = "closing"
    }
}

// MARK: - Transitions

extension HTTPConnectionState {
    private mutating func takePart() -> Part? {
        guard let part = queue.popFirst() else {
            queuedBytes = 0
            return nil
        }
        switch part {
        case .head(let head, _): queuedBytes -= head.weight
        case .body(let bytes): queuedBytes -= bytes.readableBytes + 128
        case .end, .failure: break
        }
        return part
    }

    private mutating func take(_ part: Part, at now: NIODeadline) -> Action? {
        switch (phase, part) {
        case (_, .failure(let error)):
            reject(error)
            defer { urgent = nil }
            return urgent
        case (.readingBody(let head, let intake, let body), .body(let more)):
            return gather(more, onto: body, head, intake)
        case (.readingBody(let head, let intake, let body), .end):
            return respond(to: head, intake, .complete(body))
        case (_, .head(let head, let intake)):
            return begin(head, intake)
        case (_, .body), (_, .end):
            return nil
        }
    }

    private mutating func begin(_ head: RequestHead, _ intake: RequestIntake) -> Action? {
        if let length = head.contentLength, length > intake.bodyLimit {
            return respond(to: head, intake, .tooLarge)
        }
        phase = .readingBody(head, intake, ByteBuffer())
        return head.expectsContinue && queue.isEmpty ? .sendContinue : nil
    }

    private mutating func gather(
        _ more: ByteBuffer, onto body: ByteBuffer, _ head: RequestHead, _ intake: RequestIntake
    ) -> Action? {
        guard body.readableBytes + more.readableBytes <= intake.bodyLimit else {
            return respond(to: head, intake, .tooLarge)
        }
        if body.readableBytes == 0 {
            phase = .readingBody(head, intake, more)
        } else {
            phase = .idle  // So that the body is not shared while it grows.
            var body = body
            body.writeImmutableBuffer(more)
            phase = .readingBody(head, intake, body)
        }
        return nil
    }

    private mutating func respond(to head: RequestHead, _ intake: RequestIntake, _ body: GatheredBody) -> Action {
        var closes = !head.keepsAlive
        if case .tooLarge = body { closes = true }
        if case .unclear = head.upgrade { closes = true }
        phase = .responding(
            Exchange(isHTTP10: head.isHTTP10, closesBehind: closes, waitsForEvents: intake.waitsForEvents))
        if case .requested = head.upgrade, case .complete = body, !isInputClosed { return .considerUpgrade(head, body) }
        return .respond(head, body)
    }

    private mutating func reject(_ error: ProtocolError) {
        phase = .responding(Exchange(isHTTP10: false, closesBehind: true, waitsForEvents: false))
        queue.removeAll()
        urgent = .reject(error)
    }

    /// Nothing waits: a client that sends nothing more either has all its answers.
    private mutating func withoutParts() -> Action? {
        guard isInputClosed || hasOverflowed else { return nil }
        phase = .closed
        return .close
    }

    private mutating func abandon() {
        phase = .closed
        queue.removeAll()
        urgent = .abandonResponse
    }

    private mutating func close() {
        phase = .closed
        queue.removeAll()
        urgent = .close
    }
}
