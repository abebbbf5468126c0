import Bookings

/// Chooses the next configuration of a soak: the one that is expected to reach the rarest combinations for its time.
///
/// What a configuration reaches is estimated from the runs so far: by how often a run with its scenario reached each
/// mark. A pair of marks counts the less, the more often it was reached, and so does a cell of crash point, status of a
/// booking and other fault.
package struct Guide: Sendable {
    /// What runs with one scenario, or of one size, have reached.
    private struct Experience {
        var runs = 0
        var seconds = 0.0
        var marks: [String: Int] = [:]

        var meanSeconds: Double { seconds / Double(max(1, runs)) }
    }

    private var experience: [String: Experience] = [:]
    /// How often each pair of marks and each cell was reached.
    package private(set) var reached: [String: Int] = [:]
    /// The configurations that reached something first, newest last.
    private var discoveries: [RunConfiguration] = []

    private static let marks = CoverageMark.all.sorted { $0.name < $1.name }
    private static let candidates = 48
    private static let maximumFaults = 8
    private static let maximumDiscoveries = 64

    package init() {}

    /// Chooses the configuration of a seed.
    package func configuration(seed: UInt64, scenario: Scenario?, options: PlanOptions) -> RunConfiguration {
        var random = SeededGenerator(seed: seed, for: "guide")
        let candidates = (0..<Self.candidates).map { index in
            if index % 3 == 0, options.faults.isEmpty, let parent = discoveries.randomElement(using: &random) {
                return Self.varied(parent, seed: seed, options: options, using: &random)
            }
            return RunConfiguration.drawn(
                seed: seed, scenario: scenario, options: options, maximumFaults: Self.maximumFaults, varies: true,
                using: &random)
        }
        let scored = candidates.map { (configuration: $0, score: score($0)) }
        // The first of equals, so that the choice is a function of the seed and the experience.
        return scored.reduce(scored[0]) { $1.score > $0.score ? $1 : $0 }.configuration
    }

    /// Adds a fault to a configuration that reached something new, or exchanges one.
    private static func varied(
        _ parent: RunConfiguration, seed: UInt64, options: PlanOptions, using random: inout SeededGenerator
    ) -> RunConfiguration {
        var child = parent
        child.seed = seed
        let faults = Fault.drawnBySoaks(on: options.stores)
        let fault = faults[Int.random(in: 0..<faults.count, using: &random)]
        if child.options.faults.count >= maximumFaults {
            child.options.faults[Int.random(in: 0..<child.options.faults.count, using: &random)] = fault
        } else {
            child.options.faults.append(fault)
        }
        return child
    }

    /// Learns from a run. Returns whether it reached a pair or a cell that no run had reached before.
    @discardableResult
    package mutating func learn(
        _ configuration: RunConfiguration, _ coverage: RunCoverage, seconds: Double
    ) -> Bool {
        for key in [Self.scenario(of: configuration), Self.size(of: configuration)] {
            experience[key, default: Experience()].runs += 1
            experience[key]?.seconds += seconds
            for mark in coverage.marks { experience[key]?.marks[mark, default: 0] += 1 }
        }
        var isNew = false
        for feature in coverage.pairs.union(coverage.cells) {
            reached[feature, default: 0] += 1
            if reached[feature] == 1 { isNew = true }
        }
        if isNew {
            discoveries.append(configuration)
            if discoveries.count > Self.maximumDiscoveries { discoveries.removeFirst() }
        }
        return isNew
    }

    private static func scenario(of configuration: RunConfiguration) -> String {
        "scenario \(configuration.scenario.rawValue)"
    }

    /// What the time of a run depends on.
    private static func size(of configuration: RunConfiguration) -> String {
        let (until, bookings) = (configuration.options.until ?? 0, configuration.options.bookings ?? 0)
        let isFlooded = configuration.options.faults.contains(.droppedReader)
        return "size \(configuration.scenario.rawValue) \(until) \(bookings) \(isFlooded)"
    }

    /// The expected weight of what the configuration reaches, for each second that it takes.
    private func score(_ configuration: RunConfiguration) -> Double {
        let reachable = Self.marks.filter { configuration.options.stores == .services || !$0.needsServices }
        let chances = reachable.map { ($0.name, chance(of: $0.name, configuration)) }.filter { $0.1 > 0.02 }
        var weight = 0.0
        for (index, (first, chance)) in chances.enumerated() {
            for (second, other) in chances[(index + 1)...] {
                let times = Double(reached[RunCoverage.pair(first, second)] ?? 0)
                weight += chance * other / (1 + times * times * times)
            }
        }
        return (weight + cellWeight(configuration)) / expectedSeconds(configuration)
    }

    /// How likely a crash meets one status of a booking during another fault.
    private static let chanceOfCell = (together: 0.3, apart: 0.01)

    /// The expected weight of the cells that the configuration reaches.
    private func cellWeight(_ configuration: RunConfiguration) -> Double {
        let faults = configuration.options.faults
        let chance =
            configuration.options.faultsTogether ? Self.chanceOfCell.together : Self.chanceOfCell.apart
        let kinds = faults.reduce(into: Set<String>()) { $0.formUnion($1.isCrash ? [] : $1.windowKinds) }
        var weight = 0.0
        for point in CrashPoint.allCases where faults.contains(Fault.crash(point)) {
            for kind in kinds {
                for status in Self.statuses {
                    let times = Double(reached[RunCoverage.cell(point, status, kind)] ?? 0)
                    weight += chance / (1 + times * times * times)
                }
            }
        }
        return weight
    }

    private static let statuses = BookingStatus.allCases.map(\.rawValue) + ["new"]

    /// How likely a run reaches the mark: by the runs with its scenario so far, unless one of its faults brings the mark
    /// about. What runs with a fault reached says little of it, as it depends on their scenarios.
    private func chance(of mark: String, _ configuration: RunConfiguration) -> Double {
        if configuration.options.faults.contains(where: { $0.mark?.name == mark }) { return 0.8 }
        // As if it had run once before, and had reached each mark half the time.
        let experience = experience[Self.scenario(of: configuration)] ?? Experience()
        return (Double(experience.marks[mark] ?? 0) + 0.5) / Double(experience.runs + 1)
    }

    /// The mean time of runs of the same size. While there was none: that of runs of the scenario, or of all runs, in
    /// proportion to its length.
    private func expectedSeconds(_ configuration: RunConfiguration) -> Double {
        if let own = experience[Self.size(of: configuration)] { return max(own.meanSeconds, 0.05) }
        let scenario = experience[Self.scenario(of: configuration)]?.meanSeconds
        let known = experience.filter { $0.key.hasPrefix("scenario ") }.values
        let mean = known.reduce(0) { $0 + $1.seconds } / Double(max(1, known.reduce(0) { $0 + $1.runs }))
        let length = configuration.scenario.length
        let share = Double(configuration.options.until ?? length) / Double(length)
        return max((scenario ?? mean) * min(1, max(0.2, share)), 0.05)
    }
}
