import Bookings
import NIOCore

/// What carries the packets of one connection. It is called on the connection's event loop.
protocol EngineIOTransport: AnyObject {
    var kind: SocketTransport { get }
    /// The bytes that were sent and that the client has not taken yet.
    var waitingBytes: Int { get }
    /// Somebody takes what is flushed: for long-polling, a poll that waits.
    var isRead: Bool { get }
    /// Takes a packet; it leaves with the next `flush`.
    func send(_ packet: ByteBuffer)
    func flush()
    /// Ends it, without a goodbye on the level of Socket.IO.
    func close(_ end: SessionEnd)
}
