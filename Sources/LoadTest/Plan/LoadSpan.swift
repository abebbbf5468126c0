import Bookings

/// A duration as the options of a load test have it: `250us`, `50ms`, `1.5s`, `10m`, `1h`.
package struct LoadSpan: Hashable, Sendable, CustomStringConvertible {
    package let duration: Duration

    package init(_ duration: Duration) { self.duration = duration }

    /// Parses a number from 0 up and a unit; `nil` for anything else, and for more than eleven days.
    package init?(argument: String) {
        for (unit, seconds) in Self.units where argument.hasSuffix(unit) {
            guard let count = Double(argument.dropLast(unit.count)), count >= 0, count * seconds < 1e6 else {
                return nil
            }
            duration = .nanoseconds(Int64((count * seconds * 1e9).rounded()))
            return
        }
        return nil
    }

    /// `us` and `ms` end with other units, which therefore follow them.
    private static let units = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]

    package var description: String { duration.short }
}
