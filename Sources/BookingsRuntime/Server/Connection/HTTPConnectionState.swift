import Bookings
import BookingsHTTP
import NIOCore

/// The state of one HTTP/1.1 connection on the server's side. It does no I/O and reads no clock.
///
/// ## Overview
/// Requests are served one at a time, in the order of their arrival. The parts that the parser delivers are queued;
/// `nextAction` takes from the queue what may be handled now. The caller feeds an input, then performs actions until
/// there is none.
///
/// ## States
/// ```
/// idle -> readingHead -> readingBody -> responding -> idle
///                                       responding -> halfClosed -> closed
///                                       responding -> upgraded
/// ```
/// Each case of `Phase` lists its exits.
///
/// ## Implementation
/// This file holds the state; the extensions hold the transitions: requests, responses, closing.
struct HTTPConnectionState {
    /// A part of a request, as the parser delivers it.
    enum Part {
        /// The head, and how the route takes the body.
        case head(RequestHead, RequestIntake)
        case body(ByteBuffer)
        case end
        /// The parser failed; no part follows.
        case failure(ProtocolError)
    }

    /// What the handler is to do.
    enum Action {
        /// Write `100 Continue` (RFC 9110, 10.1.1).
        case sendContinue
        /// Pass the request to the responder; `beginResponse` and `endResponse` follow.
        case respond(RequestHead, GatheredBody)
        /// Ask whether the request may become a WebSocket; `upgraded` or `upgradeRefused` follows.
        case considerUpgrade(RequestHead, GatheredBody)
        /// Respond with a problem; `beginResponse` and `endResponse` follow.
        case reject(ProtocolError)
        /// Cancel the work on the response, since the client is gone, and close the channel.
        case abandonResponse
        /// Close the output side of the channel; the client then closes its side.
        case closeOutput
        /// Close the channel.
        case close
    }

    /// How the client finds the end of a response (RFC 9112, 6).
    struct Framing: Hashable {
        let isHTTP10: Bool
        /// Whether the response carries `Connection: close`.
        let closes: Bool
        /// Whether a body of unknown length is sent in chunks; otherwise it ends with the connection.
        var isChunked: Bool { !isHTTP10 }
    }

    enum Phase {
        /// Between requests. Exits: readingHead, readingBody, responding, closed.
        case idle
        /// Bytes of a head have arrived since the instant. Exits: readingBody, responding, closed.
        case readingHead(since: NIODeadline)
        /// The head is complete, the body is not. Exits: responding, closed.
        case readingBody(RequestHead, RequestIntake, ByteBuffer)
        /// A response is due or being written. Exits: idle, halfClosed, upgraded, closed.
        case responding(PendingResponse)
        /// The output side is closed, the client's side is not. Exits: closed.
        case halfClosed(since: NIODeadline)
        /// The connection carries another protocol. No exit.
        case upgraded
        /// No exit.
        case closed
    }

    /// The response to the current request.
    struct PendingResponse {
        let isHTTP10: Bool
        /// Whether the connection closes after the response.
        var closesConnection: Bool
        /// Whether the response lasts until events occur, so that it has no purpose without its client.
        let waitsForEvents: Bool
    }

    let limits: ConnectionLimits
    var phase = Phase.idle
    var queue = CircularBuffer<Part>(initialCapacity: 4)
    /// The approximate size of the queued parts in bytes.
    var queuedBytes = 0
    /// An action that an input caused directly; it precedes the queue.
    var pendingAction: Action?
    /// Whether the channel takes more bytes: false while the client does not read what was sent.
    var isWritable = true
    /// Whether the client has closed its side.
    var isInputClosed = false
    /// Whether every response closes the connection, because the server shuts down.
    var isDraining = false
    /// Whether the connection closes soon when no request comes, because the server accepts no connections any more.
    var closesSoonWhenIdle = false
    /// Whether the current read of the socket has delivered a part.
    var hasDeliveredParts = false
    /// Whether the queue has exceeded its limit; parts are dropped from then on.
    var hasOverflowed = false
    /// When a part last arrived, a response ended or the channel became writable.
    var lastProgress: NIODeadline
    /// When the write of a stream's part began that is not finished; `nil` when there is none.
    var writeBegan: NIODeadline?

    init(limits: ConnectionLimits, at now: NIODeadline) {
        self.limits = limits
        lastProgress = now
    }

    // MARK: - Outputs

    /// Returns what is to be done now; `nil` means to wait for an input.
    mutating func nextAction(at now: NIODeadline) -> Action? {
        if let action = pendingAction {
            pendingAction = nil
            return action
        }
        while isWritable {
            switch phase {
            case .responding, .halfClosed, .upgraded, .closed: return nil
            case .idle, .readingHead, .readingBody: break
            }
            guard let part = dequeuePart() else { return closeIfInputEnded() }
            if let action = handle(part) { return action }
        }
        return nil
    }

    /// Whether the socket is to be read: not while requests are queued, so that a client that does not read its responses
    /// cannot fill the server's memory.
    ///
    /// While a response is due, the next request may be read into the empty queue. Usually none comes, and the channel need
    /// not tell the system to stop and to resume, which are two system calls for each request.
    var wantsRead: Bool {
        switch phase {
        case .idle, .readingHead, .readingBody, .responding: isWritable && queue.isEmpty
        case .halfClosed, .upgraded: true
        case .closed: false
        }
    }

    /// Whether a response is due or being written.
    var isResponding: Bool { if case .responding = phase { true } else { false } }
}
