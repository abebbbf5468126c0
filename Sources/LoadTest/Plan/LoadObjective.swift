import Bookings

/// A limit that a load test must keep: `get.p99=50ms`, `frame.p99.9=1s`, `create.errors=0.1%`,
/// `reminder_lateness_p99=100ms`.
///
/// Percentiles count requests without a response, or never sent, as slower than all others.
package struct LoadObjective: Hashable, Sendable, Codable, CustomStringConvertible {
    enum Limit: Hashable, Sendable, Codable {
        /// `percentile` is 0 to 100; 100 is the maximum.
        case latency(percentile: Double, within: Duration)
        /// The share of requests that may fail, 0 to 1.
        case errors(upTo: Double)
    }

    let row: LoadRow
    let limit: Limit
    /// The objective as it was given.
    package let description: String

    package init?(argument: String) {
        let sides = argument.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let (row, metric) = Self.parts(of: sides[0]),
            let limit = Self.limit(metric, sides[1])
        else { return nil }
        self.row = row
        self.limit = limit
        description = argument
    }

    /// Splits `ROW.METRIC` or `ROW_METRIC`. Longer names come first, since one row's name may begin another's.
    private static func parts(of text: Substring) -> (LoadRow, Substring)? {
        for row in LoadRow.all.sorted(by: { $0.name.count > $1.name.count }) where text.hasPrefix(row.name) {
            let rest = text.dropFirst(row.name.count)
            guard let separator = rest.first, separator == "." || separator == "_" else { continue }
            return (row, rest.dropFirst())
        }
        return nil
    }

    private static func limit(_ metric: Substring, _ value: Substring) -> Limit? {
        if metric == "errors" { return share(value).map { .errors(upTo: $0) } }
        guard let span = LoadSpan(argument: String(value)) else { return nil }
        if metric == "max" { return .latency(percentile: 100, within: span.duration) }
        guard metric.first == "p", let percentile = Double(metric.dropFirst()), percentile > 0, percentile < 100 else {
            return nil
        }
        return .latency(percentile: percentile, within: span.duration)
    }

    private static func share(_ text: Substring) -> Double? {
        let isPercent = text.last == "%"
        guard let number = Double(isPercent ? text.dropLast() : text) else { return nil }
        let share = isPercent ? number / 100 : number
        return (0...1).contains(share) ? share : nil
    }
}
