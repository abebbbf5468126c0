/// The first difference between two traces, with three lines around it.
package struct TraceDiff: Hashable, Sendable, CustomStringConvertible {
    /// The number of the first line that differs, from 1.
    let line: Int
    /// Up to three lines before it, which are equal.
    let before: [String]
    /// The line and up to three after it, of each trace; empty where the trace has ended.
    let left: [String]
    let right: [String]

    private static let context = 3

    /// Returns the first difference, or `nil` when the traces are equal.
    package static func first(_ left: [String], _ right: [String]) -> TraceDiff? {
        let equal = zip(left, right).prefix { $0 == $1 }.count
        guard equal < max(left.count, right.count) else { return nil }
        return TraceDiff(
            line: equal + 1, before: Array(left[..<equal].suffix(context)),
            left: Array(left[equal...].prefix(context + 1)), right: Array(right[equal...].prefix(context + 1)))
    }

    /// Returns the first difference between what happened in two runs. Their headers count only when nothing else differs:
    /// builds and mutants that are compared have different ones.
    package static func ofRuns(_ left: [String], _ right: [String]) -> TraceDiff? {
        guard let header = right.first, left.count > 1, right.count > 1 else { return first(left, right) }
        return first([header] + left.dropFirst(), right) ?? first(left, right)
    }

    /// The difference in the notation of `diff`, with line numbers.
    package var description: String {
        var lines = ["the traces differ from line \(line) on"]
        for (offset, entry) in before.enumerated() { lines.append("  \(line - before.count + offset) \(entry)") }
        lines += Self.side("-", left, from: line)
        lines += Self.side("+", right, from: line)
        return lines.joined(separator: "\n")
    }

    private static func side(_ sign: String, _ lines: [String], from first: Int) -> [String] {
        if lines.isEmpty { return ["\(sign) (end)"] }
        return lines.enumerated().map { "\(sign) \(first + $0) \($1)" }
    }
}
