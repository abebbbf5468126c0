/// Who somebody is: the `sub` of a token, and so the `customer_id` of a booking.
///
/// 1 to 255 code points without control characters. Compared by code point: two spellings of one accented letter are
/// two subjects, unlike in `String`, so that every store agrees.
package struct Subject: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let bytes: ByteString

    package init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard !scalars.isEmpty, scalars.prefix(256).count <= 255, !scalars.contains(where: \.isControl) else {
            return nil
        }
        bytes = ByteString(text)
    }

    package var text: String { bytes.text }

    package var description: String { text }

    package static func < (left: Subject, right: Subject) -> Bool { left.bytes < right.bytes }
}

extension Unicode.Scalar {
    /// A control character: U+0000 to U+001F and U+007F to U+009F (general category Cc).
    package var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
