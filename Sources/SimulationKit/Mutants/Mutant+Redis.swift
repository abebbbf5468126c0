import NIOCore

extension Mutant {
    /// What a proxy before Redis does; nil: nothing.
    var redisTap: TCPProxy.TapMaker? {
        switch self {
        case .publishLost: { WrongTopic() }
        default: nil
        }
    }
}

/// Changes the topic of everything that is published: Redis takes it, and nobody listens.
private struct WrongTopic: ProxyTap {
    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        var changed = Array(bytes.readableBytesView)
        let command = Array("PUBLISH\r\n$".utf8)
        var place = 0
        while place + command.count < changed.count {
            guard changed[place..<place + command.count].elementsEqual(command) else {
                place += 1
                continue
            }
            // Behind the topic's length and the end of that line stands the topic.
            place += command.count
            guard let end = changed[place...].firstIndex(of: UInt8(ascii: "\n")), end + 1 < changed.count else { break }
            changed[end + 1] ^= 1
        }
        return TCPProxy.Passage(bytes: ByteBuffer(bytes: changed))
    }

    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage { TCPProxy.Passage(bytes: bytes) }
}
