import NIOCore

/// Changes the channel of every PUBLISH: Redis accepts it, and nobody has subscribed.
struct PublishFilter: ProxyTap {
    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        var changed = Array(bytes.readableBytesView)
        let command = Array("PUBLISH\r\n$".utf8)
        var index = 0
        while index + command.count < changed.count {
            guard changed[index..<index + command.count].elementsEqual(command) else {
                index += 1
                continue
            }
            // The channel's length, a line end, and then the channel.
            index += command.count
            guard let end = changed[index...].firstIndex(of: UInt8(ascii: "\n")), end + 1 < changed.count else { break }
            changed[end + 1] ^= 1
        }
        return TCPProxy.Passage(bytes: ByteBuffer(bytes: changed))
    }

    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage { TCPProxy.Passage(bytes: bytes) }
}
