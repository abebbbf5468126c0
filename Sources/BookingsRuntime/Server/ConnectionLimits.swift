import Bookings
import NIOCore

/// Bounds of one HTTP connection, in time and in bytes.
///
/// They guard sockets, not bookings: they run on the event loops' monotonic clock, which nobody sets.
package struct ConnectionLimits: Sendable {
    /// From the first byte of a request's head to its last.
    package var head = TimeAmount.seconds(10)
    /// Without a further byte of a request's body.
    package var body = TimeAmount.seconds(30)
    /// Without a request.
    package var idle = TimeAmount.seconds(75)
    /// Without a request, once the server drains: a client that is about to send one still gets its answer.
    package var idleWhileDraining = TimeAmount.seconds(2)
    /// Without progress while the client does not read its answer.
    package var write = TimeAmount.seconds(30)
    /// From the end of the last answer until the client must have closed its side.
    package var linger = TimeAmount.seconds(2)
    /// A request's head in bytes: request line and header fields, and their number.
    package var headBytes = 32 * 1024
    package var headerFields = 128
    /// A request's target in bytes.
    package var targetBytes = 8 * 1024
    /// What may wait behind the request that is being answered, in bytes. More is dropped, and the connection closes
    /// behind the answers to what came before.
    package var queuedBytes = 1024 * 1024

    package init() {}
}
