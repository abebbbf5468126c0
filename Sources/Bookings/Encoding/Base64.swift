/// Base64 with padding (RFC 4648, section 4), for what other programs read.
package enum Base64 {
    /// Returns the text form of the bytes.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let unpadded = Base64URL.encode(bytes).utf8.map { character in
            switch character {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: character
            }
        }
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - unpadded.count % 4) % 4)
        return String(decoding: unpadded + padding, as: UTF8.self)
    }
}
