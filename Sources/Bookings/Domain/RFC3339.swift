/// The text form of instants (RFC 3339, section 5.6).
///
/// They are written in UTC with `Z` and three fractional digits, and read with any offset, but not without one.
package enum RFC3339 {
    /// The length of the text form in bytes, such as `2026-11-24T09:43:00.000Z`.
    package static let writtenLength = 24

    /// Returns the instant that the whole of `text` is, cut off to milliseconds.
    ///
    /// Returns `nil` for everything else: no offset, a leap second, a day that the month does not have, and a year
    /// outside of 1970 to 9999, as written or in UTC.
    package static func parse(_ text: some StringProtocol) -> Timestamp? {
        var text = String(text)
        return text.withUTF8 { parse(utf8: $0) }
    }

    /// Reads the same form from UTF-8 bytes.
    package static func parse(utf8 bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        var reader = RFC3339Reader(bytes: bytes)
        guard
            let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t"),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"),
            let second = reader.number(digits: 2),
            let fraction = reader.fractionInMilliseconds(),
            let offset = reader.offsetInMinutes(), reader.isAtEnd,
            (1970...9999).contains(year), (1...12).contains(month),
            (1...GregorianCalendar.days(inMonth: month, of: year)).contains(day),
            hour <= 23, minute <= 59, second <= 59
        else { return nil }
        let seconds =
            ((GregorianCalendar.daysSinceEpoch(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset)
            * 60 + second
        let instant = Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
        return (Timestamp.earliest...Timestamp.latest).contains(instant) ? instant : nil
    }

    /// Calls `append` with each of the 24 bytes of the text form.
    package static func write(_ instant: Timestamp, to append: (UInt8) -> Void) {
        let days = GregorianCalendar.days(of: instant)
        let time = Int(instant.milliseconds) - days * 86_400_000
        let (year, month, day) = GregorianCalendar.date(daysSinceEpoch: days)
        func digit(_ value: Int) { append(UInt8(ascii: "0") + UInt8(value)) }
        func pair(_ value: Int) {
            digit(value / 10)
            digit(value % 10)
        }
        pair(year / 100)
        pair(year % 100)
        append(UInt8(ascii: "-"))
        pair(month)
        append(UInt8(ascii: "-"))
        pair(day)
        append(UInt8(ascii: "T"))
        pair(time / 3_600_000)
        append(UInt8(ascii: ":"))
        pair(time / 60_000 % 60)
        append(UInt8(ascii: ":"))
        pair(time / 1000 % 60)
        append(UInt8(ascii: "."))
        digit(time / 100 % 10)
        pair(time % 100)
        append(UInt8(ascii: "Z"))
    }

    /// Returns the text form.
    package static func string(_ instant: Timestamp) -> String {
        String(unsafeUninitializedCapacity: writtenLength) { buffer in
            var index = 0
            write(instant) { byte in
                buffer[index] = byte
                index += 1
            }
            return index
        }
    }
}
