import Bookings
import SimulationKit

/// The mapping of virtual time to horizontal pixels.
struct TimelineScale: Sendable {
    let from: Timestamp
    let until: Timestamp
    /// The horizontal position of `from`, in pixels.
    let left: Double
    /// The horizontal position of `until`, in pixels.
    let right: Double

    /// When `until` is not after `from`, the scale covers a second.
    init(from: Timestamp, until: Timestamp, left: Double, right: Double) {
        self.from = from
        self.until = max(until, from + .seconds(1))
        self.left = left
        self.right = right
    }

    /// Returns the horizontal position of an instant, or the nearest edge for one outside of the scale.
    func x(_ instant: Timestamp) -> Double {
        let whole = Double(from.duration(to: until).wholeMilliseconds)
        let part = Double(from.duration(to: min(max(instant, from), until)).wholeMilliseconds)
        return left + (right - left) * part / whole
    }

    /// A label of the axis.
    struct Tick: Hashable, Sendable {
        let at: Timestamp
        let time: String
        /// The date, at the first tick of each day.
        let date: String?
    }

    private static let second: Int64 = 1000
    private static let minute: Int64 = 60 * second
    private static let hour: Int64 = 60 * minute
    private static let day: Int64 = 24 * hour
    /// The distances between ticks that read as round, in milliseconds.
    private static let steps: [Int64] = [
        second, 2 * second, 5 * second, 10 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute,
        15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day,
        30 * day, 90 * day, 365 * day,
    ]
    private static let maximumTicks: Int64 = 14

    /// The ticks at round instants, with the smallest step for which their labels have room.
    var ticks: [Tick] {
        let whole = from.duration(to: until).wholeMilliseconds
        let step = Self.steps.first { whole / $0 <= Self.maximumTicks } ?? whole
        let first = (from.milliseconds + step - 1) / step * step
        var day = ""
        return stride(from: first, through: until.milliseconds, by: Int64.Stride(step)).map { milliseconds in
            let instant = Timestamp(milliseconds: milliseconds)
            let formatted = RFC3339.string(instant)
            let date = String(formatted.prefix(10))
            defer { day = date }
            let time = formatted.dropFirst(11).prefix(step < Self.minute ? 8 : 5)
            return Tick(at: instant, time: String(time), date: date == day ? nil : date)
        }
    }
}
