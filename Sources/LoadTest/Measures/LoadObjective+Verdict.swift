import Bookings

extension LoadObjective {
    /// Whether measurements keep the objective, with what was measured.
    package enum Verdict: Hashable, Sendable {
        case reached(String)
        case missed(String)

        package var isMissed: Bool {
            if case .missed = self { true } else { false }
        }

        /// What was measured.
        package var detail: String {
            switch self {
            case .reached(let text), .missed(let text): text
            }
        }
    }

    /// An objective without any measurement is missed, because nothing shows that it holds.
    func judge(_ measures: LoadMeasures) -> Verdict {
        let sample = measures.sample(of: row)
        guard sample.total > 0 else { return .missed("nothing was measured") }
        switch limit {
        case .errors(let share):
            let actual = Double(sample.failed) / Double(sample.total)
            let text = "\(sample.failed) of \(sample.total) failed"
            return actual <= share ? .reached(text) : .missed(text)
        case .latency(let percentile, let bound):
            guard let actual = sample.latency(at: percentile) else {
                return .missed("\(sample.lost) of \(sample.total) without an answer")
            }
            return actual <= bound ? .reached(actual.short) : .missed(actual.short)
        }
    }
}
