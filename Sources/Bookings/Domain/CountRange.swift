/// Consecutive counts of bookings by their start. A count is of a day (level 0), of 32 days (level 1) or of 1,024 days
/// (level 2), numbered from 1970, so that the bookings of any span are the sum of a few ranges.
package struct CountRange: Hashable, Sendable {
    /// The level of the counts.
    package let level: Int
    /// The numbers of the counts at this level.
    package let numbers: Range<Int64>

    /// The number of levels.
    package static let levels = 3
    /// How many counts of a level the next one joins.
    package static let width: Int64 = 32

    private static let day = TimeSlot.longest.wholeMilliseconds

    /// Returns the number of the count of a level that has the bookings which start at an instant.
    package static func number(of start: Timestamp, level: Int) -> Int64 {
        let width = (0..<level).reduce(day) { width, _ in width * Self.width }
        return start.milliseconds.dividedDown(by: width)
    }

    /// Returns as few counts as possible for the bookings that start in a range of whole days.
    package static func covering(_ starts: Range<Timestamp>) -> [CountRange] {
        let days = number(of: starts.lowerBound, level: 0)..<number(of: starts.upperBound, level: 0)
        return covering(days, level: 0).filter { !$0.numbers.isEmpty }
    }

    private static func covering(_ numbers: Range<Int64>, level: Int) -> [CountRange] {
        // The counts of the next level that lie within the range.
        let first = (numbers.lowerBound + width - 1).dividedDown(by: width)
        let last = numbers.upperBound.dividedDown(by: width)
        guard level + 1 < levels, first < last else { return [CountRange(level: level, numbers: numbers)] }
        return [
            CountRange(level: level, numbers: numbers.lowerBound..<first * width),
            CountRange(level: level, numbers: last * width..<numbers.upperBound),
        ] + covering(first..<last, level: level + 1)
    }
}

extension Timestamp {
    /// The beginning of the day in UTC.
    var roundedDownToDay: Timestamp {
        let day = TimeSlot.longest.wholeMilliseconds
        return Timestamp(milliseconds: milliseconds.dividedDown(by: day) * day)
    }

    /// The beginning of the day in UTC, or of the next one unless this is one.
    var roundedUpToDay: Timestamp {
        (self + TimeSlot.longest - .milliseconds(1)).roundedDownToDay
    }
}

extension Int64 {
    /// Returns the quotient, rounded towards negative infinity.
    fileprivate func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
