extension HTTPDate {
    private static let fullWeekdays = [
        "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday",
    ]

    /// The fields of a date as they are written, in whichever of the three forms.
    private struct Fields {
        let day, month, year, time: Substring
    }

    /// Returns the instant of a date in one of the three forms that a recipient has to accept (RFC 9110, section 5.6.7):
    /// `IMF-fixdate`, and the obsolete ones of RFC 850 and of C's `asctime`.
    ///
    /// Returns `nil` for everything else, and for years outside of 1970 to 9999. The weekday need not be that of the date.
    ///
    /// - Parameter now: The present, around which a year of two digits is completed.
    package static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        guard let written = fields(of: text),
            let day = number(written.day, digits: 2),
            let month = months.firstIndex(where: { $0 == written.month }).map({ $0 + 1 }),
            let year = written.year.utf8.count == 2
                ? number(written.year, digits: 2).map({ completed($0, now: now) }) : number(written.year, digits: 4),
            let seconds = secondsOfDay(written.time),
            (1970...9999).contains(year), (1...GregorianCalendar.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        let days = GregorianCalendar.daysSinceEpoch(year: year, month: month, day: day)
        return Timestamp(milliseconds: Int64(days * 86_400 + seconds) * 1000)
    }

    private static func fields(of text: String) -> Fields? {
        var parts = text.split(separator: " ", omittingEmptySubsequences: false)
        // `asctime` pads the day with a space.
        if parts.count == 6, parts[2].isEmpty, parts[3].utf8.count == 1 {
            parts.remove(at: 2)
            parts[2] = "0" + parts[2]
        }
        switch parts.count {
        case 6 where weekdays.contains { parts[0] == $0 + "," } && parts[5] == "GMT":
            return parts[3].utf8.count == 4
                ? Fields(day: parts[1], month: parts[2], year: parts[3], time: parts[4]) : nil
        case 5 where weekdays.contains { parts[0] == $0 }:
            return parts[4].utf8.count == 4
                ? Fields(day: parts[2], month: parts[1], year: parts[4], time: parts[3]) : nil
        case 4 where fullWeekdays.contains { parts[0] == $0 + "," } && parts[3] == "GMT":
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, date[2].utf8.count == 2 else { return nil }
            return Fields(day: date[0], month: date[1], year: date[2], time: parts[2])
        default:
            return nil
        }
    }

    /// A year that would be more than 50 years ahead is the latest one in the past with the same two digits.
    private static func completed(_ lastDigits: Int, now: Timestamp) -> Int {
        let (present, _, _) = GregorianCalendar.date(daysSinceEpoch: GregorianCalendar.days(of: now))
        let inThisCentury = present / 100 * 100 + lastDigits
        return inThisCentury > present + 50 ? inThisCentury - 100 : inThisCentury
    }

    /// A leap second is the first second of the next minute.
    private static func secondsOfDay(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = number(parts[0], digits: 2), let minute = number(parts[1], digits: 2),
            let second = number(parts[2], digits: 2), hour <= 23, minute <= 59, second <= 60
        else { return nil }
        return (hour * 60 + minute) * 60 + second
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
