import SimulationKit

/// Where two traces part.
struct TraceDiff: Hashable, Sendable, CustomStringConvertible {
    /// The first line that differs, counted from 1.
    let line: Int
    /// The lines before it, which both have; three at most.
    let before: [String]
    /// What each has from there on: the line itself and three more at most. Empty: it has ended.
    let left: [String]
    let right: [String]

    private static let context = 3

    /// Nil when they are the same.
    static func first(_ left: [String], _ right: [String]) -> TraceDiff? {
        let same = zip(left, right).prefix { $0 == $1 }.count
        guard same < max(left.count, right.count) else { return nil }
        return TraceDiff(
            line: same + 1, before: Array(left[..<same].suffix(context)),
            left: Array(left[same...].prefix(context + 1)), right: Array(right[same...].prefix(context + 1)))
    }

    var description: String {
        var lines = ["the traces differ from line \(line) on"]
        for (offset, text) in before.enumerated() { lines.append("  \(line - before.count + offset) \(text)") }
        lines += Self.side("-", left, from: line)
        lines += Self.side("+", right, from: line)
        return lines.joined(separator: "\n")
    }

    private static func side(_ sign: String, _ lines: [String], from first: Int) -> [String] {
        if lines.isEmpty { return ["\(sign) (end)"] }
        return lines.enumerated().map { "\(sign) \(first + $0) \($1)" }
    }
}
