import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Answers requests whose bodies are complete.
package protocol RequestResponder: Sendable {
    func intake(of head: HTTPRequest) -> RequestIntake
    /// Every request has an answer.
    func respond(to request: IncomingRequest) async -> Response
    /// The answer to bytes that are no valid request.
    func response(to error: ProtocolError) -> Response
}

/// A request as the connection hands it to the pipeline: its body is complete.
package struct IncomingRequest: Sendable {
    package let head: HTTPRequest
    package var body = GatheredBody.complete(ByteBuffer())
    /// The peer's IP address; nil where there is none (tests, unix sockets).
    package var remoteAddress: String?
    /// Whether the connection is one beyond the limit, which serves probes and metrics alone.
    package var isBeyondLimit = false

    package init(
        head: HTTPRequest, body: GatheredBody = .complete(ByteBuffer()), remoteAddress: String? = nil,
        isBeyondLimit: Bool = false
    ) {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
        self.isBeyondLimit = isBeyondLimit
    }
}

/// A request's body.
package enum GatheredBody: Sendable {
    case complete(ByteBuffer)
    /// It is larger than its route takes; the rest of it is not read.
    case tooLarge
}

/// What the connection must know of a request before it reads the request's body.
package struct RequestIntake: Sendable {
    /// The largest body that is gathered, in bytes.
    package var bodyLimit = JSONBody.largest
    /// Whether the answer waits for events, so that it ends as soon as the client does.
    package var waitsForEvents = false
    /// Told when the head has come and a body follows.
    package var bodyBegan: (@Sendable () -> Void)?
    /// Told when the connection ended before the body was complete.
    package var bodyAborted: (@Sendable () -> Void)?

    package init(bodyLimit: Int = JSONBody.largest, waitsForEvents: Bool = false) {
        self.bodyLimit = bodyLimit
        self.waitsForEvents = waitsForEvents
    }
}
