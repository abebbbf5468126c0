import Bookings

/// Where a walk over a list goes on: the instant at which it began, and the last row seen.
struct ListCursor: Hashable {
    let asOf: Timestamp
    let key: SortKey

    func seal(context: [UInt8], by cursorCipher: CursorCipher) -> String {
        let words = [
            UInt64(bitPattern: asOf.milliseconds), UInt64(bitPattern: key.instant.milliseconds), key.id.high,
            key.id.low,
        ]
        return cursorCipher.seal(CachedPageCodec.words(words), context: context)
    }

    static func open(_ text: String, context: [UInt8], by cursorCipher: CursorCipher) -> ListCursor? {
        guard let bytes = cursorCipher.open(text, context: context), bytes.count == 32 else { return nil }
        let word = { (index: Int) in bytes[index * 8..<index * 8 + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return ListCursor(
            asOf: Timestamp(milliseconds: Int64(bitPattern: word(0))),
            key: SortKey(
                instant: Timestamp(milliseconds: Int64(bitPattern: word(1))), id: BookingID(high: word(2), low: word(3))
            ))
    }
}
