import NIOCore
import NIOWebSocket

/// What carries the packets of one connection. It is called on the connection's event loop.
protocol EngineIOTransport: AnyObject {
    var kind: SocketTransport { get }
    /// False: the client takes less than it is sent.
    var isWritable: Bool { get }
    /// Takes a packet; it leaves with the next `flush`.
    func send(_ packet: ByteBuffer)
    func flush()
    /// Ends it, without a goodbye on the level of Socket.IO.
    func close(_ code: WebSocketErrorCode)
}
