import Histogram

/// The counts of a histogram that are not zero, as a worker sends them: whole histograms have twenty thousand counts.
struct RecordedCounts: Codable, Sendable {
    /// A value of each bucket with its count, and the exact maximum in the last one.
    private var pairs: [UInt64] = []

    init(_ histogram: Histogram<UInt64>) {
        for bucket in histogram.recordedValues() { pairs += [bucket.value, bucket.count] }
        guard pairs.count >= 2 else { return }
        pairs[pairs.count - 2] = histogram.maxRecorded
    }

    /// Records everything in a histogram with the same buckets.
    func add(to histogram: inout Histogram<UInt64>) {
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            histogram.record(pairs[index], count: pairs[index + 1])
        }
    }
}
