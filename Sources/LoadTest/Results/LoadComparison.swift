import Bookings

/// A comparison with an earlier result, as a gate of continuous integration.
package struct LoadComparison: Sendable {
    /// A figure of both results.
    package struct Line: Sendable, Equatable, CustomStringConvertible {
        let name: String
        let before: Double
        let now: Double
        /// Whether it differs for the worse by more than the tolerance.
        package let isWorse: Bool

        package var description: String {
            let change =
                before > 0 ? " (\(now >= before ? "+" : "")\(Int(((now / before - 1) * 100).rounded())) %)" : ""
            return "\(name): \(Self.short(before)) before, \(Self.short(now)) now\(change)"
        }

        private static func short(_ value: Double) -> String {
            value == value.rounded() ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
        }
    }

    /// A file that is no result of a load test.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    private let before: JSONValue
    /// A share: 0.05 for 5 %.
    private let tolerance: Double
    /// Latencies that differ by less are equal, whatever their ratio: the resolution of timers and of one response.
    private static let resolution = 200.0

    /// - Parameter text: The JSON of the earlier result.
    package init(text: String, tolerance: Double) throws(Unreadable) {
        guard let before = try? JSONValue.parse(Array(text.utf8)), case .array? = before["rows"] else {
            throw Unreadable(description: "is no load.json of a load test")
        }
        self.before = before
        self.tolerance = tolerance
    }

    /// Compares p50, p90 and p99, the share of failures, and the limit if both results have one.
    package func lines(_ result: LoadResult) -> [Line] {
        guard let after = try? JSONValue.parse(Array(result.json.utf8)) else { return [] }
        let old = Dictionary(rows(before), uniquingKeysWith: { first, _ in first })
        let lines = rows(after).flatMap { name, row in old[name].map { compare(name, $0, row) } ?? [] }
        guard let held = before["limit"]?["held"]?.double, let now = after["limit"]?["held"]?.double else {
            return lines
        }
        return lines + [
            Line(name: "limit in requests a second", before: held, now: now, isWorse: now < held * (1 - tolerance))
        ]
    }

    private func rows(_ result: JSONValue) -> [(String, JSONValue)] {
        guard case .array(let rows)? = result["rows"] else { return [] }
        return rows.compactMap { row in row["name"]?.string.map { ($0, row) } }
    }

    private func compare(_ name: String, _ old: JSONValue, _ new: JSONValue) -> [Line] {
        let latencies = ["p50", "p90", "p99"].compactMap { percentile -> Line? in
            guard let before = old["latency_us"]?[percentile]?.double else { return nil }
            // A percentile without a latency now is one that was lost.
            let now = new["latency_us"]?[percentile]?.double ?? .infinity
            let isWorse = now > before * (1 + tolerance) && now - before > Self.resolution
            return Line(
                name: "\(name).\(percentile) in us", before: before, now: min(now, 1e12), isWorse: isWorse)
        }
        let failures = Line(
            name: "\(name).errors as a share", before: failedShare(old), now: failedShare(new),
            isWorse: failedShare(new) > failedShare(old) * (1 + tolerance))
        return latencies + [failures]
    }

    private func failedShare(_ row: JSONValue) -> Double {
        let total = (row["answered"]?.double ?? 0) + (row["lost"]?.double ?? 0)
        return total > 0 ? (row["failed"]?.double ?? 0) / total : 0
    }
}
