/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Finer parts of the input of clients and stores are cut off when it is read.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    package let milliseconds: Int64

    /// Creates an instant from milliseconds since the Unix epoch.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The first instant that a client may use: the beginning of 1970 in UTC.
    package static let earliest = Timestamp(milliseconds: 0)
    /// The last instant that a client may use: the end of 9999 in UTC.
    package static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Returns the instant after `duration`, or before when it is negative.
    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    /// Returns the time from this instant to `other`, negative when `other` is earlier.
    package func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.milliseconds - milliseconds)
    }

    /// Returns the instant after `duration`.
    package static func + (instant: Timestamp, duration: Duration) -> Timestamp { instant.advanced(by: duration) }
    /// Returns the instant `duration` earlier.
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
