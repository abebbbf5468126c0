/// The one codec for instants in text: RFC 3339, section 5.6.
///
/// Written in UTC with `Z` and three digits of fraction; read with any offset, never without one.
package enum RFC3339 {
    /// The bytes of a written instant: `2026-11-24T09:43:00.000Z`.
    package static let writtenLength = 24

    /// Reads a whole text as an instant. What is finer than a millisecond is cut off.
    ///
    /// Nil for anything else: no offset, a leap second, a day that the month has not, a year outside 1970 to 9999
    /// as written or in UTC.
    package static func parse(_ text: some StringProtocol) -> Timestamp? {
        var text = String(text)
        return text.withUTF8 { parse(utf8: $0) }
    }

    package static func parse(utf8 bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        var reader = Reader(bytes: bytes)
        guard
            let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t"),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"),
            let second = reader.number(digits: 2),
            let fraction = reader.fractionInMilliseconds(),
            let offset = reader.offsetInMinutes(), reader.isAtEnd,
            (1970...9999).contains(year), (1...12).contains(month), (1...daysIn(month: month, of: year)).contains(day),
            hour <= 23, minute <= 59, second <= 59
        else { return nil }
        let seconds =
            ((daysSinceEpoch(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset) * 60 + second
        let instant = Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
        return (Timestamp.earliest...Timestamp.latest).contains(instant) ? instant : nil
    }

    /// Hands the 24 bytes of the instant to the sink.
    package static func write(_ instant: Timestamp, to append: (UInt8) -> Void) {
        let days = floorDivide(instant.milliseconds, by: 86_400_000)
        let time = Int(instant.milliseconds - days * 86_400_000)
        let (year, month, day) = civilDate(daysSinceEpoch: Int(days))
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

/// Instants as HTTP's headers have them, `IMF-fixdate` of RFC 9110, section 5.6.7: `Wed, 25 Nov 2026 09:16:05 GMT`.
package enum HTTPDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// What is finer than a second is cut off.
    package static func string(_ instant: Timestamp) -> String {
        let days = Int(floorDivide(instant.milliseconds, by: 86_400_000))
        let (_, month, day) = civilDate(daysSinceEpoch: days)
        let written = RFC3339.string(instant)
        return "\(weekdays[(days % 7 + 7) % 7]), \(day < 10 ? "0" : "")\(day) \(months[month - 1]) "
            + "\(written.prefix(4)) \(written.dropFirst(11).prefix(8)) GMT"
    }
}

// MARK: - The proleptic Gregorian calendar

/// Days since 1970-01-01 of a date, by counting 400-year eras that begin on the first of March.
private func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

private func civilDate(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = floorDivide(Int64(shifted), by: 146_097)
    let dayOfEra = shifted - Int(era) * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

private func daysIn(month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

private func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}

/// Walks over the bytes of one written instant.
private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0

    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func digit() -> Int? {
        guard index < bytes.count, case let value = bytes[index] &- UInt8(ascii: "0"), value <= 9 else { return nil }
        index += 1
        return Int(value)
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Zero without a fraction; nil when a point stands there without a digit behind it.
    mutating func fractionInMilliseconds() -> Int? {
        guard skip(".") else { return 0 }
        guard let first = digit() else { return nil }
        var value = first * 100
        var weight = 10
        while let digit = digit() {
            value += digit * weight
            weight /= 10
        }
        return value
    }

    mutating func offsetInMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours <= 23,
            minutes <= 59
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
