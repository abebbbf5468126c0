import Bookings

/// An Engine.IO packet (protocol 4) as it comes from a client, parsed as far as this server looks at it.
///
/// Parsing touches no state, so that a large packet is parsed away from the event loop.
enum EngineIOPacket: Hashable, Sendable {
    /// `1`: the client closes.
    case close
    /// `2`: only a server pings in protocol 4.
    case ping
    /// `2probe`: a WebSocket asks whether it may take a polling session over.
    case probe
    /// `3`.
    case pong
    /// `4`.
    case message(SocketIOPacket)
    /// `5`: a WebSocket that probed takes over.
    case upgrade
    /// `6`.
    case noop
    /// An attachment: a binary frame, or `b` and base64 by long-polling.
    case binary
    /// What the protocol does not allow.
    case malformed

    /// Parses a text packet.
    init(_ bytes: some Collection<UInt8>) {
        guard let text = String(validating: bytes, as: UTF8.self), let type = text.utf8.first else {
            self = .malformed
            return
        }
        switch type {
        case UInt8(ascii: "1"): self = text == "1" ? .close : .malformed
        case UInt8(ascii: "2"): self = text == "2probe" ? .probe : .ping
        case UInt8(ascii: "3"): self = .pong
        case UInt8(ascii: "4"): self = SocketIOPacket(text.dropFirst()).map { .message($0) } ?? .malformed
        case UInt8(ascii: "5"): self = .upgrade
        case UInt8(ascii: "6"): self = .noop
        default: self = .malformed
        }
    }
}

/// The body of a polling POST or GET: packets joined by the record separator.
enum EngineIOPayload {
    static let separator = UInt8(0x1e)
    /// More packets in one body end the session. A client that sends what it buffered offline stays far below.
    static let mostPackets = 1000

    /// Parses a POST's body; nil: it has too many packets.
    static func packets(in body: [UInt8]) -> [EngineIOPacket]? {
        let parts = body.split(separator: separator, maxSplits: mostPackets, omittingEmptySubsequences: false)
        guard parts.count <= mostPackets else { return nil }
        return parts.map { $0.first == UInt8(ascii: "b") ? .binary : EngineIOPacket($0) }
    }
}
