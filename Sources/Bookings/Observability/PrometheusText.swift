/// Counts of observations below ascending bounds, as Prometheus keeps them.
struct Histogram: Sendable {
    let bounds: [Double]
    private(set) var counts: [Int]
    private(set) var sum = 0.0
    private(set) var count = 0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    mutating func observe(_ value: Double) {
        if let index = bounds.firstIndex(where: { value <= $0 }) { counts[index] += 1 }
        sum += value
        count += 1
    }
}

/// Writes the text exposition format.
struct PrometheusText {
    package private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        let number = Int64(exactly: value).map(String.init) ?? "\(value)"
        text += labels.isEmpty ? "\(name) \(number)\n" : "\(name){\(labels)} \(number)\n"
    }

    mutating func counter(_ name: String, _ help: String, _ value: Int) {
        family(name, "counter", help)
        sample(name, "", Double(value))
    }

    mutating func histogram(_ name: String, _ labels: String, _ histogram: Histogram) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var cumulated = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            cumulated += count
            sample(name + "_bucket", prefix + "le=\"\(bound)\"", Double(cumulated))
        }
        sample(name + "_bucket", prefix + "le=\"+Inf\"", Double(histogram.count))
        sample(name + "_sum", labels, histogram.sum)
        sample(name + "_count", labels, Double(histogram.count))
    }
}
