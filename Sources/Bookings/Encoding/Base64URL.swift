/// Base64 for URLs (RFC 4648, section 5) without padding. Each value has exactly one text form that is accepted.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Returns the text form of the bytes.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity((bytes.underestimatedCount * 4 + 2) / 3)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                encoded.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { encoded.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Returns the bytes, or `nil` for a character outside of the alphabet, for padding, for a length that no value has,
    /// and for bits after the last byte that are not zero.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            guard let value = values[Int(character)] else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard count < 6, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }

    /// Decodes also a text with the padding that makes its length a multiple of four (RFC 4648, section 3.2).
    package static func decode(paddedOrNot text: String) -> [UInt8]? {
        let unpadded = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.utf8.dropFirst(unpadded.count)
        guard padding.allSatisfy({ $0 == UInt8(ascii: "=") }), padding.count <= 2,
            padding.isEmpty || text.utf8.count % 4 == 0
        else { return nil }
        return decode(Substring(unpadded))
    }
}
