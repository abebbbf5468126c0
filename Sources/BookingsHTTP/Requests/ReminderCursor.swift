import Bookings

/// The position at which a cursor resumes the ledger of reminders: after the last row seen.
enum ReminderCursor {
    private static let wordCount = 5

    /// `context`: what the cursor is bound to; it opens for the same context only.
    static func seal(_ key: ReminderKey, context: [UInt8], with cipher: CursorCipher) -> String {
        let (booking, lead) = (key.identity.bookingID, key.identity.lead.wholeMilliseconds)
        let words = [
            UInt64(bitPattern: key.dueAt.milliseconds), booking.high, booking.low, UInt64(bitPattern: lead),
            UInt64(key.identity.timesVersion),
        ]
        return cipher.seal(words.flatMap(\.bigEndianBytes), context: context)
    }

    /// Returns `nil` unless the string was sealed for this context.
    static func open(_ cursor: String, context: [UInt8], with cipher: CursorCipher) -> ReminderKey? {
        guard let bytes = cipher.open(cursor, context: context), bytes.count == wordCount * 8 else { return nil }
        let words = (0..<wordCount).map { UInt64(bigEndianBytes: bytes[($0 * 8)..<($0 * 8 + 8)]) }
        guard let version = Int(exactly: words[4]) else { return nil }
        return ReminderKey(
            dueAt: Timestamp(milliseconds: Int64(bitPattern: words[0])),
            identity: ReminderIdentity(
                bookingID: BookingID(high: words[1], low: words[2]), timesVersion: version,
                lead: .milliseconds(Int64(bitPattern: words[3]))))
    }
}
