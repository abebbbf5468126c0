/// Text that is compared, hashed and ordered by its UTF-8 bytes.
///
/// `String` compares by Unicode canonical equivalence (UAX #15): `café` in its two spellings is one key of a dictionary,
/// and U+212A is a K. Whatever a client names and whatever decides who sees what is compared as this type.
package struct ByteString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package init(_ text: Substring) {
        self.text = String(text)
    }

    package init(stringLiteral text: String) {
        self.text = text
    }

    package var description: String { text }

    @inlinable
    package static func == (left: ByteString, right: ByteString) -> Bool { left.text.hasSameBytes(as: right.text) }

    package static func < (left: ByteString, right: ByteString) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    @inlinable
    package func hash(into hasher: inout Hasher) {
        let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isHashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
        // No byte of UTF-8: the end of the text.
        hasher.combine(UInt8(0xff))
    }
}

extension StringProtocol {
    /// Whether both are the same UTF-8 bytes, see `ByteString`.
    @inlinable
    package func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// With the letters A to Z in lower case. `lowercased()` also turns U+212A into a k.
    package var lowercasedASCII: String {
        String(decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
