import Bookings

/// The position at which a cursor resumes a booking's history: after the entry that led to `version`.
struct HistoryCursor {
    let version: Int

    /// `context`: what the cursor is bound to; it opens for the same context only.
    func seal(context: [UInt8], with cipher: CursorCipher) -> String {
        cipher.seal(UInt64(version).bigEndianBytes, context: context)
    }

    /// Returns `nil` unless the string was sealed for this context.
    static func open(_ cursor: String, context: [UInt8], with cipher: CursorCipher) -> HistoryCursor? {
        guard let bytes = cipher.open(cursor, context: context), bytes.count == 8 else { return nil }
        return Int(exactly: UInt64(bigEndianBytes: bytes)).map { HistoryCursor(version: $0) }
    }
}
