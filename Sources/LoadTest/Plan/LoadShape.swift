import Bookings

#if canImport(Glibc)
    import Glibc
#endif

/// The rate of arrivals over time, piece by piece linear.
package struct LoadShape: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A part of the load in which the rate goes linearly from one value to another.
    struct Segment: Hashable, Sendable, Codable {
        /// Requests a second at the beginning.
        let from: Double
        /// Requests a second at the end.
        let to: Double
        let seconds: Double

        /// The expected number of arrivals.
        var arrivals: Double { (from + to) / 2 * seconds }
    }

    let segments: [Segment]
    /// The shape as the command line has it.
    package let description: String

    /// A constant rate in requests a second.
    package init(rate: Double, duration: Duration) {
        segments = [Segment(from: rate, to: rate, seconds: duration.inSeconds)]
        description = "\(rate):\(duration.short)"
    }

    /// Parses stages such as `100:1m,1000:5m,spike:5000:10s`.
    ///
    /// In a stage `RATE:DURATION` the rate goes linearly from that of the stage before to its own; the first stage has its
    /// own rate from the beginning. `spike:RATE:DURATION` has its rate at once and for its whole length, and the stage
    /// after it begins with the rate before the spike.
    package init?(argument: String) {
        var segments: [Segment] = []
        var before: Double?
        for stage in argument.split(separator: ",", omittingEmptySubsequences: false) {
            var parts = stage.split(separator: ":", omittingEmptySubsequences: false)
            let isSpike = parts.count == 3 && parts[0] == "spike"
            if isSpike { parts.removeFirst() }
            guard parts.count == 2, let rate = Double(parts[0]), rate >= 0, rate <= 1e6,
                let span = LoadSpan(argument: String(parts[1])), span.duration > .zero
            else { return nil }
            segments.append(Segment(from: isSpike ? rate : before ?? rate, to: rate, seconds: span.duration.inSeconds))
            if !isSpike { before = rate }
        }
        guard segments.contains(where: { $0.arrivals > 0 }) else { return nil }
        self.segments = segments
        description = argument
    }

    package var duration: Duration { .nanoseconds(Int64(segments.reduce(0) { $0 + $1.seconds } * 1e9)) }

    /// The expected number of arrivals.
    var arrivals: Double { segments.reduce(0) { $0 + $1.arrivals } }

    /// Returns the instant, since the beginning, by which `count` arrivals are expected; `nil` after the end.
    func instant(of count: Double) -> Duration? {
        var (rest, elapsed) = (count, 0.0)
        for segment in segments {
            if rest < segment.arrivals {
                // The root of `from * t + slope / 2 * t * t = rest`, in the form that is exact for a slope of 0.
                let slope = (segment.to - segment.from) / segment.seconds
                let root = max(0, segment.from * segment.from + 2 * slope * rest).squareRoot()
                let time = rest > 0 ? 2 * rest / (segment.from + root) : 0
                return .nanoseconds(Int64((elapsed + time) * 1e9))
            }
            rest -= segment.arrivals
            elapsed += segment.seconds
        }
        return nil
    }
}
