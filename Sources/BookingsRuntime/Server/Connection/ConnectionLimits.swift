import Bookings
import NIOCore

/// The limits of one HTTP connection, in time and in bytes.
///
/// They protect sockets, not bookings, so they run on the monotonic clock of the event loops.
package struct ConnectionLimits: Sendable {
    /// From the first byte of a request's head to its last.
    package var headTimeout = TimeAmount.seconds(10)
    /// Between two parts of a request's body.
    package var bodyTimeout = TimeAmount.seconds(30)
    /// Between two requests.
    package var idleTimeout = TimeAmount.seconds(75)
    /// Between two requests when the server accepts no connections any more: a client that is about to send a request
    /// still gets its response.
    package var drainingIdleTimeout = TimeAmount.seconds(2)
    /// Without progress while the client does not read a response.
    package var writeTimeout = TimeAmount.seconds(30)
    /// From the end of the last response until the client must have closed its side.
    package var closeTimeout = TimeAmount.seconds(2)
    /// The size of a request's head in bytes: request line and header fields.
    package var maxHeadBytes = 32 * 1024
    /// The number of header fields of a request.
    package var maxHeaderFields = 128
    /// The size of a request's target in bytes.
    package var maxTargetBytes = 8 * 1024
    /// The size of what is queued behind the current request, in bytes. The excess is dropped, and the connection closes
    /// after the responses to what came before.
    package var maxQueuedBytes = 1024 * 1024

    /// The number of requests that an HTTP/2 connection carries at once.
    package var maxStreams = 100
    /// The size of the bodies of all requests of an HTTP/2 connection, in bytes. A stream beyond it is refused.
    package var maxConnectionBodyBytes = 4 * 1024 * 1024

    /// Creates the limits of production.
    package init() {}
}
