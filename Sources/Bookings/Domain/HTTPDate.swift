/// The text form of instants in HTTP header fields: `IMF-fixdate` (RFC 9110, section 5.6.7), such as
/// `Wed, 25 Nov 2026 09:16:05 GMT`.
package enum HTTPDate {
    static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Returns the text form, cut off to seconds.
    package static func string(_ instant: Timestamp) -> String {
        let days = GregorianCalendar.days(of: instant)
        let (_, month, day) = GregorianCalendar.date(daysSinceEpoch: days)
        let written = RFC3339.string(instant)
        return "\(weekdays[(days % 7 + 7) % 7]), \(day < 10 ? "0" : "")\(day) \(months[month - 1]) "
            + "\(written.prefix(4)) \(written.dropFirst(11).prefix(8)) GMT"
    }
}
