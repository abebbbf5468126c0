/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The service knows no finer time: what a client or a store gives below a millisecond is cut off on the way in.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The first and the last instant that a client may name: the years 1970 to 9999 in UTC.
    package static let earliest = Timestamp(milliseconds: 0)
    package static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    /// The time from this instant to the other one; negative when the other one lies before.
    package func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.milliseconds - milliseconds)
    }

    package static func + (instant: Timestamp, duration: Duration) -> Timestamp { instant.advanced(by: duration) }
    package static func - (instant: Timestamp, duration: Duration) -> Timestamp {
        instant.advanced(by: .zero - duration)
    }
}

extension Duration {
    /// The duration in milliseconds, cut off towards zero.
    package var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// The duration in seconds, for metrics and headers.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
