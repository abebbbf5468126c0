import Bookings

/// The position at which a cursor resumes a list: the instant of its first page, and the last row seen.
struct ListCursor: Hashable {
    private static let wordCount = 4

    let asOf: Timestamp
    let key: SortKey

    /// `context`: what the cursor is bound to; it opens for the same context only.
    func seal(context: [UInt8], with cipher: CursorCipher) -> String {
        let words = [
            UInt64(bitPattern: asOf.milliseconds), UInt64(bitPattern: key.instant.milliseconds), key.id.high,
            key.id.low,
        ]
        return cipher.seal(words.flatMap(\.bigEndianBytes), context: context)
    }

    /// Returns `nil` unless the string was sealed for this context.
    static func open(_ cursor: String, context: [UInt8], with cipher: CursorCipher) -> ListCursor? {
        guard let bytes = cipher.open(cursor, context: context), bytes.count == wordCount * 8 else { return nil }
        let words = (0..<wordCount).map { UInt64(bigEndianBytes: bytes[($0 * 8)..<($0 * 8 + 8)]) }
        return ListCursor(
            asOf: Timestamp(milliseconds: Int64(bitPattern: words[0])),
            key: SortKey(
                instant: Timestamp(milliseconds: Int64(bitPattern: words[1])),
                id: BookingID(high: words[2], low: words[3])))
    }
}
