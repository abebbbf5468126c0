/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The service knows no finer time: what a client or a store gives below a millisecond is cut off on the way in.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The first and the last instant that a client may name: the years 1970 to 9999 in UTC.
    public static let earliest = Timestamp(milliseconds: 0)
    public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    /// The time from this instant to the other one; negative when the other one lies before.
    public func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.milliseconds - milliseconds)
    }

    public static func + (instant: Timestamp, duration: Duration) -> Timestamp { instant.advanced(by: duration) }
    public static func - (instant: Timestamp, duration: Duration) -> Timestamp {
        instant.advanced(by: .zero - duration)
    }
}

extension Duration {
    /// The duration in milliseconds, cut off towards zero.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// The duration in seconds, for metrics and headers.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
