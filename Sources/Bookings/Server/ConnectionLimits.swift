import NIOCore

/// Bounds of one HTTP connection, in time and in bytes.
///
/// They guard sockets, not bookings: they run on the event loops' monotonic clock, which nobody sets.
public struct ConnectionLimits: Sendable {
    /// From the first byte of a request's head to its last.
    public var head = TimeAmount.seconds(10)
    /// Without a further byte of a request's body.
    public var body = TimeAmount.seconds(30)
    /// Without a request.
    public var idle = TimeAmount.seconds(75)
    /// Without a request, once the server drains: a client that is about to send one still gets its answer.
    public var idleWhileDraining = TimeAmount.seconds(2)
    /// Without progress while the client does not read its answer.
    public var write = TimeAmount.seconds(30)
    /// From the end of the last answer until the client must have closed its side.
    public var linger = TimeAmount.seconds(2)
    /// A request's head in bytes: request line and header fields, and their number.
    public var headBytes = 32 * 1024
    public var headerFields = 128
    /// A request's target in bytes.
    public var targetBytes = 8 * 1024
    /// What may wait behind the request that is being answered, in bytes. More is dropped, and the connection closes
    /// behind the answers to what came before.
    public var queuedBytes = 1024 * 1024

    public init() {}
}
