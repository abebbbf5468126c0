/// The format of rows in the shared cache: a head of seven big-endian words, then the rows as JSON.
///
/// The words are the total, whether a row follows (0 or 1), the instant and the ID of the last row's sort key, and the
/// instants from which and until which the rows are current.
enum CachedPageCodec {
    private static let headLength = 7 * 8
    /// The largest total that is accepted, so that page numbers are computed without overflow.
    private static let maximumTotal = UInt64(1) << 48

    /// Returns a key that contains all that the rows depend on, including the last change of their scope.
    static func key(_ context: String, number: Int, limit: Int, version: ScopeVersion) -> ByteString {
        ByteString("list/\(version)/\(number)/\(limit)/\(context)")
    }

    static func encode(_ page: ListPage, from start: Timestamp, until end: Timestamp) -> [UInt8] {
        let next = page.next
        let words = [
            UInt64(page.total ?? 0), next == nil ? 0 : 1,
            UInt64(bitPattern: next?.instant.milliseconds ?? 0), next?.id.high ?? 0, next?.id.low ?? 0,
            UInt64(bitPattern: start.milliseconds), UInt64(bitPattern: end.milliseconds),
        ]
        return words.flatMap(\.bigEndianBytes) + page.rows
    }

    /// Returns `nil` for bytes that `encode` never writes, and for an entry that begins after `now`: a request that
    /// began earlier, or a replica whose clock is behind, must not see it.
    static func decode(_ bytes: [UInt8], version: ScopeVersion, at now: Timestamp) -> ListPage? {
        guard bytes.count >= headLength else { return nil }
        let word = { (index: Int) in UInt64(bigEndianBytes: bytes[(index * 8)..<(index * 8 + 8)]) }
        guard word(0) <= maximumTotal, word(1) <= 1, let instant = instant(word(2)), let start = self.instant(word(5)),
            let end = self.instant(word(6)), now >= start
        else { return nil }
        let next = SortKey(instant: instant, id: BookingID(high: word(3), low: word(4)))
        return ListPage(
            rows: bytes[headLength...], total: Int(word(0)), next: word(1) == 1 ? next : nil,
            validity: PageValidity(version: version, until: end))
    }

    private static func instant(_ word: UInt64) -> Timestamp? {
        let instant = Timestamp(milliseconds: Int64(bitPattern: word))
        return (Timestamp.earliest...Timestamp.latest).contains(instant) ? instant : nil
    }
}
