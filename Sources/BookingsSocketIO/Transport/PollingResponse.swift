import NIOCore

/// What a long-polling request is answered.
enum PollingResponse: Equatable, Sendable {
    /// Packets, joined by the record separator.
    case packets(ByteBuffer)
    case ok
    /// The body is too large; the session continues.
    case tooLarge
    case refused(Handshake.Refusal)
    /// There is no room for another session, or the replica shuts down.
    case unavailable

    static let noop = packet("6")

    static func packet(_ packet: String) -> PollingResponse { .packets(ByteBuffer(string: packet)) }
}
