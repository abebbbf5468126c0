import Bookings

/// Writes the Prometheus text exposition format, version 0.0.4.
struct PrometheusText {
    /// What has been written so far.
    private(set) var text = ""

    /// Writes the lines that come before the samples of a family.
    mutating func beginFamily(_ family: MetricFamily) {
        let type =
            switch family.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(type)\n"
    }

    /// Writes a sample; `labels` are empty or come from `labels(_:)`.
    mutating func writeSample(_ name: String, _ labels: String, _ value: Double) {
        let number = Int64(exactly: value).map(String.init) ?? "\(value)"
        text += labels.isEmpty ? "\(name) \(number)\n" : "\(name){\(labels)} \(number)\n"
    }

    /// Writes a histogram, whose buckets are cumulative in this format.
    ///
    /// - Parameter buckets: The upper bound of each bucket and the number of observations in it alone.
    mutating func writeHistogram(
        _ name: String, _ labels: String, buckets: [(bound: Double, count: Int)], sum: Double, count: Int
    ) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var cumulative = 0
        for bucket in buckets {
            cumulative += bucket.count
            writeSample(name + "_bucket", prefix + "le=\"\(bucket.bound)\"", Double(cumulative))
        }
        writeSample(name + "_bucket", prefix + "le=\"+Inf\"", Double(count))
        writeSample(name + "_sum", labels, sum)
        writeSample(name + "_count", labels, Double(count))
    }

    /// Returns labels as they stand between braces, with the escapes of the format in their values.
    static func labels(_ labels: [(name: String, value: String)]) -> String {
        labels.map { label in
            let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(label.name)=\"\(value)\""
        }.joined(separator: ",")
    }
}
