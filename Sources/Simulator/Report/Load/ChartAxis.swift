#if canImport(Glibc)
    import Glibc
#endif

/// The ticks of an axis: round numbers, the first and the last of which enclose the values.
struct ChartAxis {
    let ticks: [Double]
    private let isLogarithmic: Bool

    /// An axis from 0, with four or five steps.
    static func linear(upTo highest: Double) -> ChartAxis {
        let step = roundStep(highest / 5)
        let count = max(1, Int((highest / step).rounded(.up)))
        return ChartAxis(ticks: (0...count).map { Double($0) * step }, isLogarithmic: false)
    }

    /// An axis of powers of ten, with 2 and 5 times them when there are few.
    static func logarithmic(from lowest: Double, upTo highest: Double) -> ChartAxis {
        let first = Int(log10(lowest).rounded(.down))
        let last = max(first + 1, Int(log10(highest).rounded(.up)))
        let multiples = last - first <= 2 ? [1.0, 2, 5] : [1]
        let ticks = (first..<last).flatMap { power in multiples.map { $0 * pow(10, Double(power)) } }
        return ChartAxis(ticks: ticks + [pow(10, Double(last))], isLogarithmic: true)
    }

    /// The smallest of 1, 2 and 5 times a power of ten that is not below `least`.
    static func roundStep(_ least: Double) -> Double {
        let power = pow(10, log10(least).rounded(.down))
        return [1, 2, 5].map { $0 * power }.first { $0 >= least } ?? 10 * power
    }

    /// Returns where a value lies: 0 at the first tick, 1 at the last.
    func share(of value: Double) -> Double {
        let (low, high) = (ticks[0], ticks[ticks.count - 1])
        return isLogarithmic ? log(max(value, low) / low) / log(high / low) : (value - low) / (high - low)
    }
}
