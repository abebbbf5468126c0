import SimulationKit

/// The kind of a request.
enum LoadKind: String, CaseIterable, Codable, Sendable {
    case create, get, list

    /// The expected status. A create that overlaps another on purpose must be refused.
    func expects(_ status: Int, isConflict: Bool) -> Bool {
        switch self {
        case .create: status == (isConflict ? 409 : 201)
        case .get, .list: status == 200
        }
    }
}

/// The relative weight of each kind: `create=10,get=60,list=30`.
package struct LoadMix: Hashable, Sendable, CustomStringConvertible {
    private let weights: [Int]
    private var total: Int { weights.reduce(0, +) }

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

    package static let usual = LoadMix(weights: [10, 60, 30])

    private init(weights: [Int]) { self.weights = weights }

    func draw(from generator: inout SeededGenerator) -> LoadKind {
        var ticket = Int.random(in: 0..<total, using: &generator)
        for (kind, weight) in zip(LoadKind.allCases, weights) {
            if ticket < weight { return kind }
            ticket -= weight
        }
        preconditionFailure("The weights sum up to the total.")
    }

    package var description: String {
        zip(LoadKind.allCases, weights).map { "\($0.rawValue)=\($1)" }.joined(separator: ",")
    }
}
