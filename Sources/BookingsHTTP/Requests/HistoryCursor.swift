import Bookings

/// Where a walk over a booking's history goes on: behind the entry that led to this version.
struct HistoryCursor {
    /// How many entries a page holds at most, and without a `limit`.
    static let mostEntries = 1000

    let version: Int

    func seal(context: [UInt8], by cursorCipher: CursorCipher) -> String {
        let bits = UInt64(version)
        return cursorCipher.seal((0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }, context: context)
    }

    /// Nil when the text was not sealed for this context.
    static func open(_ text: String, context: [UInt8], by cursorCipher: CursorCipher) -> HistoryCursor? {
        guard let bytes = cursorCipher.open(text, context: context), bytes.count == 8 else { return nil }
        return Int(exactly: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }).map { HistoryCursor(version: $0) }
    }
}
