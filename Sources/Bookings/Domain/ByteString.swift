/// A string that is compared, hashed and ordered by its UTF-8 bytes.
///
/// `String` compares by Unicode canonical equivalence (UAX #15): the two spellings of `café` are one key of a
/// dictionary, and U+212A equals K. Values of clients, and everything that decides about access, are compared as this
/// type.
package struct ByteString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The string as it was written.
    package let text: String

    /// Wraps a string.
    package init(_ text: String) {
        self.text = text
    }

    /// Wraps a copy of a substring.
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
        // No byte of UTF-8, so it marks the end of the string.
        hasher.combine(UInt8(0xff))
    }
}

extension StringProtocol {
    /// Returns whether both have the same UTF-8 bytes, see `ByteString`.
    @inlinable
    package func hasSameBytes(as other: some StringProtocol) -> Bool {
        let isEqual = utf8.withContiguousStorageIfAvailable { bytes in
            other.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer(bytes).hasSameBytes(as: .init($0)) }
        }
        return (isEqual ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// The string with the letters A to Z in lower case. `lowercased()` would also turn U+212A into a k.
    package var lowercasedASCII: String {
        String(decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

extension UnsafeRawBufferPointer {
    /// Compares eight bytes at a time: tokens of some hundred bytes are compared for each request.
    @inlinable
    package func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var offset = 0
        while offset + 8 <= count {
            let (own, its) = (
                loadUnaligned(fromByteOffset: offset, as: UInt64.self),
                other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            )
            guard own == its else { return false }
            offset += 8
        }
        while offset < count {
            guard self[offset] == other[offset] else { return false }
            offset += 1
        }
        return true
    }
}
