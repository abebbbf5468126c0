import Bookings

/// A duration as the command line writes it: `90s`, `90m`, `12h`, `1d`.
package struct VirtualSpan: Sendable, CustomStringConvertible {
    /// The length of the span.
    package let duration: Duration

    /// Creates a span of whole hours.
    package init(hours: Int) {
        duration = .seconds(hours * 3600)
    }

    /// Creates a span of whole seconds.
    package init(seconds: Int) {
        duration = .seconds(seconds)
    }

    /// Parses a positive whole number that is followed by a unit; `nil` for anything else.
    package init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()), count > 0 else {
            return nil
        }
        duration = .seconds(count * unit)
    }

    /// The span in seconds, as the command line accepts it.
    package var description: String { "\(Int(duration.inSeconds))s" }
}
