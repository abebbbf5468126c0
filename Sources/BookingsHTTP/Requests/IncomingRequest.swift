import Bookings
import HTTPTypes
import NIOCore

/// Answers the requests of a connection.
package protocol RequestResponder: Sendable {
    /// Returns how the body of a request is to be received.
    func intake(of head: HTTPRequest) -> RequestIntake
    /// Returns the response to a request whose body is complete.
    func respond(to request: IncomingRequest) async -> Response
    /// Returns the response to bytes that are not a valid request.
    func response(to error: ProtocolError) -> Response
}

/// A request with its complete body, as the connection hands it to the pipeline.
package struct IncomingRequest: Sendable {
    /// The request line and the header fields.
    package let head: HTTPRequest
    /// The body, up to the limit of the route.
    package var body = GatheredBody.complete(ByteBuffer())
    /// The peer's IP address; `nil` where there is none (tests, Unix sockets).
    package var remoteAddress: String?
    /// Whether the connection is beyond the connection limit, so that only probes and metrics are served.
    package var isBeyondLimit = false
    /// The target as `RequestIntake` has it; `nil` if the intake was not asked for.
    package var target: RequestTarget?

    /// Creates a request; by default without a body, on a connection within the limit.
    package init(
        head: HTTPRequest, body: GatheredBody = .complete(ByteBuffer()), remoteAddress: String? = nil,
        isBeyondLimit: Bool = false, target: RequestTarget? = nil
    ) {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
        self.isBeyondLimit = isBeyondLimit
        self.target = target
    }
}

/// The body of a request.
package enum GatheredBody: Sendable {
    case complete(ByteBuffer)
    /// The body is larger than the limit of its route. The rest of it was not read.
    case tooLarge
}

/// What the connection must know about a request before it reads the body.
package struct RequestIntake: Sendable {
    /// The maximum size of the body in bytes.
    package var bodyLimit = JSONBody.maximumSize
    /// Whether the response waits for events, so that it ends as soon as the client disconnects.
    package var waitsForEvents = false
    /// The path and the route of the request, which are determined once.
    package internal(set) var target: RequestTarget?
    /// Called when the head has arrived and a body follows.
    package var bodyBegan: (@Sendable () -> Void)?
    /// Called when the connection ended before the body was complete.
    package var bodyAborted: (@Sendable () -> Void)?

    /// Creates an intake without callbacks.
    package init(bodyLimit: Int = JSONBody.maximumSize, waitsForEvents: Bool = false) {
        self.bodyLimit = bodyLimit
        self.waitsForEvents = waitsForEvents
    }
}
