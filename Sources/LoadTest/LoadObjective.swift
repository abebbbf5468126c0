import Bookings

/// A limit that a load test must keep: `get.p99=50ms`, `frame.p99.9=1s`, `create.errors=0.1%`.
///
/// Percentiles count requests without a response, or never sent, as slower than all others.
package struct LoadObjective: Hashable, Sendable, CustomStringConvertible {
    /// The subject: the requests of a kind, or the events that sockets received.
    enum Of: Hashable, Sendable {
        case requests(LoadKind)
        case frames
    }

    enum Limit: Hashable, Sendable {
        /// `percentile` is 0 to 100; 100 is the maximum.
        case latency(percentile: Double, within: Duration)
        /// The share of requests that may fail, 0 to 1.
        case errors(upTo: Double)
    }

    let of: Of
    let limit: Limit
    /// The objective as it was given.
    package let description: String

    package init?(argument: String) {
        let sides = argument.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let dot = sides[0].firstIndex(of: ".") else { return nil }
        let (name, metric) = (sides[0][..<dot], sides[0][dot...].dropFirst())
        if name == "frame" {
            of = .frames
        } else if let kind = LoadKind(rawValue: String(name)) {
            of = .requests(kind)
        } else {
            return nil
        }
        guard let limit = Self.limit(metric, sides[1]) else { return nil }
        self.limit = limit
        description = argument
    }

    private static func limit(_ metric: Substring, _ value: Substring) -> Limit? {
        if metric == "errors" { return share(value).map { .errors(upTo: $0) } }
        guard let length = length(value) else { return nil }
        if metric == "max" { return .latency(percentile: 100, within: length) }
        guard metric.first == "p", let percentile = Double(metric.dropFirst()), percentile > 0, percentile < 100 else {
            return nil
        }
        return .latency(percentile: percentile, within: length)
    }

    private static func share(_ text: Substring) -> Double? {
        let isPercent = text.last == "%"
        guard let number = Double(isPercent ? text.dropLast() : text) else { return nil }
        let share = isPercent ? number / 100 : number
        return (0...1).contains(share) ? share : nil
    }

    /// Parses a duration such as `250us`, `50ms` or `1.5s`.
    private static func length(_ text: Substring) -> Duration? {
        for (unit, nanoseconds) in [("us", 1e3), ("ms", 1e6), ("s", 1e9)] where text.hasSuffix(unit) {
            guard let count = Double(text.dropLast(unit.count)), count >= 0, count < 1e6 else { return nil }
            return .nanoseconds(Int64(count * nanoseconds))
        }
        return nil
    }
}

extension LoadObjective {
    package enum Verdict: Hashable, Sendable {
        case reached(String)
        case missed(String)

        package var isMissed: Bool {
            if case .missed = self { true } else { false }
        }
    }

    /// An objective without any measurement is missed, because nothing shows that it holds.
    func judge(_ measures: LoadMeasures) -> Verdict {
        let sample =
            switch of {
            case .requests(let kind): measures.requests[kind]?.sample ?? LoadSample()
            case .frames: measures.frames.sample
            }
        guard sample.total > 0 else { return .missed("nothing was measured") }
        switch limit {
        case .errors(let share):
            let actual = Double(sample.failed) / Double(sample.total)
            let text = "\(sample.failed) of \(sample.total) failed"
            return actual <= share ? .reached(text) : .missed(text)
        case .latency(let percentile, let bound):
            guard let actual = sample.latency(at: percentile) else {
                return .missed("\(sample.lost) of \(sample.total) had no answer")
            }
            return actual <= bound ? .reached(actual.short) : .missed(actual.short)
        }
    }
}
