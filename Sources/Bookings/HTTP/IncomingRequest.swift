import HTTPTypes
import Hummingbird
import NIOCore

/// Answers requests whose bodies are complete.
protocol RequestResponder: Sendable {
    func intake(of head: HTTPRequest) -> RequestIntake
    /// Every request has an answer.
    func respond(to request: IncomingRequest) async -> Response
    /// The answer to bytes that are no valid request.
    func response(to error: ProtocolError) -> Response
}

/// A request as the connection hands it to the pipeline: its body is complete.
struct IncomingRequest: Sendable {
    let head: HTTPRequest
    var body = GatheredBody.complete(ByteBuffer())
    /// The peer's IP address; nil where there is none (tests, unix sockets).
    var remoteAddress: String?
    /// Whether the connection is one beyond the limit, which serves probes and metrics alone.
    var isBeyondLimit = false
}

/// A request's body.
enum GatheredBody: Sendable {
    case complete(ByteBuffer)
    /// It is larger than its route takes; the rest of it is not read.
    case tooLarge
}

/// What the connection must know of a request before it reads the request's body.
struct RequestIntake: Sendable {
    /// The largest body that is gathered, in bytes.
    var bodyLimit = JSONBody.largest
    /// Whether the answer waits for events, so that it ends as soon as the client does.
    var waitsForEvents = false
    /// Told when the head has come and a body follows.
    var bodyBegan: (@Sendable () -> Void)?
    /// Told when the connection ended before the body was complete.
    var bodyAborted: (@Sendable () -> Void)?
}
