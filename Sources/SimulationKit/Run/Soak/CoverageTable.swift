/// What the runs of a soak reached, as text.
package struct CoverageTable: Sendable {
    private let marks: [String: Int]
    private let reached: [String: Int]
    private let possible: [CoverageMark]

    private static let rarest = 12

    /// - Parameters:
    ///   - marks: In how many runs each mark was reached.
    ///   - reached: In how many runs each pair of marks and each cell was reached.
    package init(marks: [String: Int], reached: [String: Int], stores: Stores) {
        self.marks = marks
        self.reached = reached
        possible = CoverageMark.all.filter { stores == .services || !$0.needsServices }
    }

    private static func isPair(_ feature: String) -> Bool { feature.contains(" + ") }

    /// The number of pairs of marks that were reached.
    package var pairs: Int { reached.keys.count(where: Self.isPair) }

    /// The number of cells that were reached.
    package var cells: Int { reached.keys.count { !Self.isPair($0) } }

    package var text: String {
        var lines = ["marks, and in how many runs each was reached:"]
        for mark in possible { lines.append("  \(Self.column(marks[mark.name] ?? 0)) \(mark.name)") }
        let all = possible.count * (possible.count - 1) / 2
        lines.append("pairs of marks: \(pairs) of \(all), the rarest:")
        lines += rarest(where: Self.isPair)
        lines.append("crash points / statuses of bookings / other faults: \(cells) cells, the rarest:")
        lines += rarest { !Self.isPair($0) }
        return lines.joined(separator: "\n")
    }

    private func rarest(where belongs: (String) -> Bool) -> [String] {
        reached.filter { belongs($0.key) }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(Self.rarest)
            .map { "  \(Self.column($0.value)) \($0.key)" }
    }

    private static func column(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: " ", count: max(0, 6 - digits.count)) + digits
    }
}
