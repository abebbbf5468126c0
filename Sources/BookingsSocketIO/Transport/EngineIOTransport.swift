import Bookings
import NIOCore

/// What carries the packets of one connection. It is used on the connection's event loop.
protocol EngineIOTransport: AnyObject {
    var kind: SocketTransport { get }
    /// The bytes that were sent and that neither the kernel nor a poll has taken yet.
    var waitingBytes: Int { get }
    /// Whether something takes what is flushed: for long-polling, a poll that waits.
    var hasReader: Bool { get }
    /// Takes a packet, which leaves with the next `flush`.
    func send(_ packet: FramedPacket)
    /// Takes the packets of events, and flushes them behind what was sent before.
    func deliver(_ batch: inout EventBatch, to audience: SocketAudience)
    /// Has what was sent so far leave in one response, however many packets it is.
    func keepTogether()
    func flush()
    /// Closes the transport without a Socket.IO disconnect.
    func close(_ end: SessionEnd)
}
