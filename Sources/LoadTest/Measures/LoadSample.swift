import Bookings
import Histogram

/// Latencies, and the requests without one.
struct LoadSample: Sendable {
    /// In microseconds, with three significant digits.
    private(set) var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    /// The number without a latency: not sent, not answered, not received.
    private(set) var lost: UInt64 = 0
    /// The number with another outcome than expected, including the lost ones.
    var failed: UInt64 = 0

    /// One hour, in microseconds; longer latencies count as one hour.
    static let longest: UInt64 = 3_600_000_000

    var answered: UInt64 { histogram.totalCount }
    var total: UInt64 { answered + lost }

    mutating func record(_ latency: Duration) { record(microseconds: latency.wholeMicroseconds) }

    /// Records a latency; a negative one counts as 0.
    mutating func record(microseconds: Int64) { histogram.record(min(UInt64(max(0, microseconds)), Self.longest)) }

    mutating func lose(_ count: UInt64 = 1) {
        lost += count
        failed += count
    }

    /// Adds what another sample has. The result is the same as if one sample had recorded everything.
    mutating func add(_ other: LoadSample) {
        histogram.add(other.histogram)
        lost += other.lost
        failed += other.failed
    }

    /// Returns the latency at this percentile (0 to 100; 100 is the maximum); `nil` if too many have no latency, or if
    /// there were none.
    func latency(at percentile: Double) -> Duration? {
        let rank = max(1, (percentile.nextDown / 100 * Double(total)).rounded(.up))
        guard total > 0, rank <= Double(answered) else { return nil }
        let share = rank == Double(answered) ? 100 : rank / Double(answered) * 100
        return .microseconds(Int64(histogram.valueAtPercentile(share)))
    }
}

extension LoadSample: Codable {
    private enum Key: CodingKey { case counts, failed, lost }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try container.decode(RecordedCounts.self, forKey: .counts).add(to: &histogram)
        failed = try container.decode(UInt64.self, forKey: .failed)
        lost = try container.decode(UInt64.self, forKey: .lost)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(RecordedCounts(histogram), forKey: .counts)
        try container.encode(failed, forKey: .failed)
        try container.encode(lost, forKey: .lost)
    }
}

extension Duration {
    /// The duration in microseconds, cut off towards zero.
    var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }

    /// Formats a duration with three digits: `250us`, `4.21ms`, `1.35s`.
    var short: String {
        let microseconds = inSeconds * 1e6
        if microseconds < 1000 { return "\(Int(microseconds))us" }
        if microseconds < 1e6 { return "\(Self.threeDigits(microseconds / 1000))ms" }
        return "\(Self.threeDigits(microseconds / 1e6))s"
    }

    private static func threeDigits(_ value: Double) -> String {
        let decimals = value < 10 ? 100.0 : value < 100 ? 10 : 1
        let rounded = (value * decimals).rounded() / decimals
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
