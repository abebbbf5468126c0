import Bookings
import BookingsHTTP
import NIOCore

/// Requests: parts are queued as they arrive, and become a head with a body when their turn has come.
extension HTTPConnectionState {
    /// Bookkeeping of a queued body part, in bytes.
    private static let bodyPartOverhead = 128

    // MARK: - Inputs

    /// The parser delivered a part.
    mutating func receive(_ part: Part, at now: NIODeadline) {
        hasDeliveredParts = true
        guard !hasOverflowed else { return }
        switch phase {
        case .halfClosed, .upgraded, .closed: return
        case .idle, .readingHead, .readingBody, .responding: break
        }
        queuedBytes += Self.size(of: part)
        lastProgress = now
        // Nothing is read while requests are queued, so the queue only overflows when NIO reads until the end of input,
        // after the client closed its side.
        hasOverflowed = queuedBytes > limits.maxQueuedBytes
        if !hasOverflowed { queue.append(part) }
    }

    /// A read of the socket is complete.
    mutating func readCompleted(at now: NIODeadline) {
        defer { hasDeliveredParts = false }
        // Bytes without a part: they belong to a head that is not complete.
        guard !hasDeliveredParts, case .idle = phase, queue.isEmpty, !isInputClosed else { return }
        phase = .readingHead(since: now)
    }

    // MARK: - Transitions

    mutating func dequeuePart() -> Part? {
        guard let part = queue.popFirst() else {
            queuedBytes = 0
            return nil
        }
        queuedBytes -= Self.size(of: part)
        return part
    }

    private static func size(of part: Part) -> Int {
        switch part {
        case .head(let head, _): head.memorySize
        case .body(let bytes): bytes.readableBytes + bodyPartOverhead
        case .end, .failure: 0
        }
    }

    mutating func handle(_ part: Part) -> Action? {
        switch (phase, part) {
        case (_, .failure(let error)):
            reject(error)
            defer { pendingAction = nil }
            return pendingAction
        case (.readingBody(let head, let intake, let body), .body(let bytes)):
            return append(bytes, to: body, head, intake)
        case (.readingBody(let head, let intake, let body), .end):
            return respond(to: head, intake, .complete(body))
        case (_, .head(let head, let intake)):
            return beginBody(of: head, intake)
        case (_, .body), (_, .end):
            // The rest of a body that was answered before its end.
            return nil
        }
    }

    private mutating func beginBody(of head: RequestHead, _ intake: RequestIntake) -> Action? {
        if let length = head.contentLength, length > intake.bodyLimit {
            return respond(to: head, intake, .tooLarge)
        }
        phase = .readingBody(head, intake, ByteBuffer())
        // A client whose body is here already does not wait for the interim response.
        return head.expectsContinue && queue.isEmpty ? .sendContinue : nil
    }

    private mutating func append(
        _ bytes: ByteBuffer, to body: ByteBuffer, _ head: RequestHead, _ intake: RequestIntake
    ) -> Action? {
        guard body.readableBytes + bytes.readableBytes <= intake.bodyLimit else {
            return respond(to: head, intake, .tooLarge)
        }
        if body.readableBytes == 0 {
            phase = .readingBody(head, intake, bytes)
        } else {
            phase = .idle  // Drops the second reference to the body, so that appending does not copy it.
            var body = body
            body.writeImmutableBuffer(bytes)
            phase = .readingBody(head, intake, body)
        }
        return nil
    }

    private mutating func respond(to head: RequestHead, _ intake: RequestIntake, _ body: GatheredBody) -> Action {
        var closes = !head.keepsAlive
        if case .tooLarge = body { closes = true }
        if case .unclear = head.upgrade { closes = true }
        phase = .responding(
            PendingResponse(
                isHTTP10: head.isHTTP10, closesConnection: closes, waitsForEvents: intake.waitsForEvents))
        if case .requested = head.upgrade, case .complete = body, !isInputClosed { return .considerUpgrade(head, body) }
        return .respond(head, body)
    }

    mutating func reject(_ error: ProtocolError) {
        phase = .responding(PendingResponse(isHTTP10: false, closesConnection: true, waitsForEvents: false))
        queue.removeAll()
        pendingAction = .reject(error)
    }
}
