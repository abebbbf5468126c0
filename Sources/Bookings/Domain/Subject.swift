/// The identity of a person or system: the claim `sub` of a token, and the `customer_id` of a booking.
///
/// It has 1 to 255 code points without control characters. Subjects are compared by code points, as every store does:
/// two spellings of an accented letter are two subjects, although they are equal as `String`.
package struct Subject: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let bytes: ByteString

    /// Returns `nil` when `text` is empty, too long, or has a control character.
    package init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard !scalars.isEmpty, scalars.prefix(256).count <= 255, !scalars.contains(where: \.isControl) else {
            return nil
        }
        bytes = ByteString(text)
    }

    /// The subject as it was written.
    package var text: String { bytes.text }

    package var description: String { text }

    package static func < (left: Subject, right: Subject) -> Bool { left.bytes < right.bytes }
}

extension Unicode.Scalar {
    /// Whether this is a control character: U+0000 to U+001F and U+007F to U+009F (general category Cc).
    package var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
