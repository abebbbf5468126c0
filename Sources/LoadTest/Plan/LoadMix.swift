import SimulationKit

/// The relative weight of each kind: `create=10,get=60,list=30`.
package struct LoadMix: Hashable, Sendable, Codable, CustomStringConvertible {
    private let weights: [Int]

    package init?(argument: String) {
        var weights = [Int](repeating: 0, count: LoadKind.allCases.count)
        var seen: Set<LoadKind> = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let kind = LoadKind(rawValue: String(sides[0])), seen.insert(kind).inserted,
                let weight = Int(sides[1]), (0...1_000_000).contains(weight),
                let place = LoadKind.allCases.firstIndex(of: kind)
            else { return nil }
            weights[place] = weight
        }
        guard weights.contains(where: { $0 > 0 }) else { return nil }
        self.weights = weights
    }

    package static let usual = LoadMix(weights: [.create: 10, .get: 60, .list: 30])

    private init(weights: [LoadKind: Int]) { self.weights = LoadKind.allCases.map { weights[$0] ?? 0 } }

    /// The kinds that occur.
    package var kinds: [LoadKind] { zip(LoadKind.allCases, weights).filter { $1 > 0 }.map(\.0) }

    /// Draws kinds by their weights.
    struct Draw {
        /// The kinds that occur, each with the sum of the weights up to it.
        private let limits: [(kind: LoadKind, upTo: Int)]
        private let total: Int

        init(_ mix: LoadMix) {
            var sum = 0
            limits = zip(LoadKind.allCases, mix.weights).filter { $1 > 0 }.map { kind, weight in
                sum += weight
                return (kind, sum)
            }
            total = sum
        }

        func next(from generator: inout SeededGenerator) -> LoadKind {
            let ticket = Int.random(in: 0..<total, using: &generator)
            for (kind, upTo) in limits where ticket < upTo { return kind }
            preconditionFailure("The weights sum up to the total.")
        }
    }

    package var description: String {
        zip(LoadKind.allCases, weights).filter { $1 > 0 }.map { "\($0.rawValue)=\($1)" }.joined(separator: ",")
    }
}
