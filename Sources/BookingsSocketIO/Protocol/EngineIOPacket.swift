import Bookings

/// An Engine.IO packet (protocol 4) from a client, parsed as far as this server uses it.
///
/// Parsing reads no state, so a large packet is parsed outside the event loop.
enum EngineIOPacket: Hashable, Sendable {
    /// `1`: the client closes the session.
    case close
    /// `2`: only the server may ping in protocol 4.
    case ping
    /// `2probe`: a WebSocket asks whether it may take over a polling session.
    case probe
    /// `3`
    case pong
    /// `4`
    case message(SocketIOPacket)
    /// `5`: a WebSocket that probed takes over.
    case upgrade
    /// `6`
    case noop
    /// An attachment: a binary frame, or `b` and base64 in a polling body.
    case binary
    /// What the protocol does not allow.
    case malformed

    /// Parses a text packet.
    init(_ bytes: some Collection<UInt8>) {
        guard let packet = String(validating: bytes, as: UTF8.self), let type = packet.utf8.first else {
            self = .malformed
            return
        }
        switch type {
        case UInt8(ascii: "1"): self = packet == "1" ? .close : .malformed
        case UInt8(ascii: "2"): self = packet == "2probe" ? .probe : .ping
        case UInt8(ascii: "3"): self = .pong
        case UInt8(ascii: "4"): self = SocketIOPacket(packet.dropFirst()).map { .message($0) } ?? .malformed
        case UInt8(ascii: "5"): self = .upgrade
        case UInt8(ascii: "6"): self = .noop
        default: self = .malformed
        }
    }
}

/// The body of a long-polling request or response: packets that are joined by the record separator (U+001E).
enum EngineIOPayload {
    static let separator = UInt8(0x1e)
    /// A body with more packets ends the session. Clients that send what they buffered offline stay far below.
    static let maxPackets = 1000

    /// Parses the body of a POST. Returns `nil` when it has more than `maxPackets` packets.
    static func packets(in body: [UInt8]) -> [EngineIOPacket]? {
        let parts = body.split(separator: separator, maxSplits: maxPackets, omittingEmptySubsequences: false)
        guard parts.count <= maxPackets else { return nil }
        return parts.map { $0.first == UInt8(ascii: "b") ? .binary : EngineIOPacket($0) }
    }
}
