import Bookings
import Histogram

/// The requests of one second of the load.
package struct LoadSecond: Sendable {
    var sent: UInt64 = 0
    var failed: UInt64 = 0
    var frames: UInt64 = 0
    /// Latencies of the responses of this second, in microseconds. Two significant digits keep it small.
    private(set) var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: LoadSample.longest, numberOfSignificantValueDigits: .two)

    var answered: UInt64 { histogram.totalCount }

    mutating func record(_ latency: Duration) {
        histogram.record(min(UInt64(max(0, latency.wholeMicroseconds)), LoadSample.longest))
    }

    mutating func add(_ other: LoadSecond) {
        sent += other.sent
        failed += other.failed
        frames += other.frames
        histogram.add(other.histogram)
    }

    /// The figures that a series of seconds keeps.
    var point: LoadPoint {
        LoadPoint(
            sent: sent, answered: answered, failed: failed, frames: frames,
            p50: answered == 0 ? nil : histogram.valueAtPercentile(50),
            p99: answered == 0 ? nil : histogram.valueAtPercentile(99),
            max: answered == 0 ? nil : histogram.maxRecorded)
    }
}

extension LoadSecond: Codable {
    private enum Key: CodingKey { case counts, failed, frames, sent }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try container.decode(RecordedCounts.self, forKey: .counts).add(to: &histogram)
        failed = try container.decode(UInt64.self, forKey: .failed)
        frames = try container.decode(UInt64.self, forKey: .frames)
        sent = try container.decode(UInt64.self, forKey: .sent)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(RecordedCounts(histogram), forKey: .counts)
        try container.encode(failed, forKey: .failed)
        try container.encode(frames, forKey: .frames)
        try container.encode(sent, forKey: .sent)
    }
}

/// A point of the series of seconds. Latencies are in microseconds; `nil` without a response in this second.
package struct LoadPoint: Sendable, Codable, Equatable {
    var sent: UInt64
    var answered: UInt64
    var failed: UInt64
    var frames: UInt64
    var p50: UInt64?
    var p99: UInt64?
    var max: UInt64?
}

extension LoadPoint {
    /// The same figures as numbers for a chart; latencies in milliseconds.
    package struct Chart: Sendable {
        package let sent: Double?
        package let answered: Double?
        package let failed: Double?
        package let frames: Double?
        package let p50: Double?
        package let p99: Double?
        package let max: Double?
    }

    package var chart: Chart {
        Chart(
            sent: Double(sent), answered: Double(answered), failed: Double(failed),
            frames: Double(frames), p50: p50.map { Double($0) / 1000 }, p99: p99.map { Double($0) / 1000 },
            max: max.map { Double($0) / 1000 })
    }

    /// The figures for an operator.
    package var summary: String {
        let latency = p99.map { Duration.microseconds(Int64($0)).short } ?? "-"
        return "\(sent) sent, \(answered) answered, p99 \(latency), \(failed) failed, \(frames) frames"
    }
}
