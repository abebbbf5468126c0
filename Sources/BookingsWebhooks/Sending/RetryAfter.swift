import Bookings

/// The header field by which a receiver asks for a delay (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// Returns the delay that a field's value asks for: a number of seconds, or a date, from which it is the time until
    /// then. A date that has passed asks for none.
    ///
    /// Returns `nil` for a value of another form, which is to be ignored. A delay is at most
    /// `RetrySchedule.maximumDelay`, however long the number is.
    package static func delay(_ value: String, at now: Timestamp) -> Duration? {
        let asked: Duration
        if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            asked = UInt32(value).map { .seconds(Int64($0)) } ?? RetrySchedule.maximumDelay
        } else if let date = HTTPDate.parse(value, now: now) {
            asked = now.duration(to: date)
        } else {
            return nil
        }
        return min(max(asked, .zero), RetrySchedule.maximumDelay)
    }
}
